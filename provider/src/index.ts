export { dataSourceSchemas, providerAddress, providerVersion, resourceSchemas } from "./provider/catalogue";
export { providerSchema } from "./provider/schema";
