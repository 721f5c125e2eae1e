import { entryFromSource } from "../worker-entry";

export const workerEntry = entryFromSource(__dirname, "trial.worker.ts");
