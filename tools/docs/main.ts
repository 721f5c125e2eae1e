/** `npm run docs`: writes provider/docs afresh. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { docsDirectory, renderDocs } from "./pages";

const pages = renderDocs();
rmSync(docsDirectory, { recursive: true, force: true });
for (const [file, text] of pages) {
  const target = path.join(docsDirectory, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}
process.stdout.write(`${pages.size} pages in ${docsDirectory}\n`);
