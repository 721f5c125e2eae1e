/** A file system that fails where a test says so. */
import { nodeStoreFiles, type StoreFile, type StoreFiles } from "./store-files";

export interface Faults {
  /** Called before each effect; throws what the disk would answer. */
  before(effect: "write" | "sync" | "truncate" | "syncDirectory", path: string): void;
  /** Bytes of a write that reach the file before `before` fails it. */
  readonly tornBytes?: number;
}

export function failingWith(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}

export function faultyFiles(faults: Faults): StoreFiles {
  return {
    ...nodeStoreFiles,
    open: async (path, mode) => faultyFile(await nodeStoreFiles.open(path, mode), path, faults),
    async syncDirectory(directory) {
      faults.before("syncDirectory", directory);
      await nodeStoreFiles.syncDirectory(directory);
    },
  };
}

function faultyFile(file: StoreFile, path: string, faults: Faults): StoreFile {
  return {
    fd: file.fd,
    sizeBytes: () => file.sizeBytes(),
    read: (offsetBytes, target) => file.read(offsetBytes, target),
    close: () => file.close(),
    async write(offsetBytes, parts, options) {
      try {
        faults.before("write", path);
      } catch (error) {
        await file.write(offsetBytes, [Buffer.concat(parts).subarray(0, faults.tornBytes ?? 0)]);
        throw error;
      }
      await file.write(offsetBytes, parts, options);
    },
    async sync() {
      faults.before("sync", path);
      await file.sync();
    },
    async truncate(sizeBytes) {
      faults.before("truncate", path);
      await file.truncate(sizeBytes);
    },
  };
}
