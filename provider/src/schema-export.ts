/** Prints the provider's schema as `terraform providers schema -json` would; bindings are made from it. */
import { dataSourceSchemas, providerAddress, resourceSchemas } from "./provider/catalogue";
import { providerSchema } from "./provider/schema";
import { exportProvider } from "./schema/export-json";

const document = exportProvider(providerAddress, providerSchema, resourceSchemas, dataSourceSchemas);
process.stdout.write(JSON.stringify(document, null, 2) + "\n");
