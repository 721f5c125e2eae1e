import { entryFromSource } from "@dvce/image";

export const workerEntry = entryFromSource(__dirname, "nbd.worker.ts");
