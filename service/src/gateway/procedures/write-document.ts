/** Writes docs/gateway-procedures.md from the table. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { procedureDocument } from "./document";

writeFileSync(join(__dirname, "../../../../docs/gateway-procedures.md"), procedureDocument());
