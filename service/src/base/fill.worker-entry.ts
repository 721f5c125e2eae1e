import { entryFromSource } from "@dvce/image";

export const workerEntry = entryFromSource(__dirname, "fill.worker.ts");
