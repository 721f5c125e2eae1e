/** The known versions as NBD exports, each over its base file. */
import type { KnownVersions } from "../agent/known-versions";
import type { NbdExport, NbdExports, NbdExtent } from "../nbd/export";
import type { BaseFiles } from "./base-files";
import { BaseReader } from "./base-reader";
import { ReadLog } from "./read-log";

export class VersionExports implements NbdExports {
  readonly #versions: KnownVersions;
  readonly #files: BaseFiles;
  readonly #readers = new Map<string, Promise<BaseReader>>();

  constructor(versions: KnownVersions, files: BaseFiles) {
    this.#versions = versions;
    this.#files = files;
    files.onRemove(async (version) => {
      const reader = this.#readers.get(version);
      this.#readers.delete(version);
      (await reader)?.close();
    });
  }

  names(): readonly string[] {
    return this.#versions.all().map((version) => version.version);
  }

  async open(name: string): Promise<NbdExport | undefined> {
    const version = this.#versions.get(name);
    if (version === undefined) return undefined;
    const { index } = version;
    const reader = () => this.#reader(name);
    return {
      sizeBytes: index.sizeBytes,
      async read(offsetBytes, lengthBytes) {
        const target = Buffer.allocUnsafeSlow(lengthBytes);
        const base = await reader();
        if (!base.readNow(offsetBytes, target)) await base.read(offsetBytes, target);
        return target;
      },
      *extents(offsetBytes, lengthBytes): Iterable<NbdExtent> {
        for (const extent of index.extents(offsetBytes, lengthBytes)) {
          yield { offsetBytes: extent.offsetBytes, lengthBytes: extent.lengthBytes, hole: extent.chunk < 0 };
        }
      },
    };
  }

  async close(): Promise<void> {
    for (const reader of this.#readers.values()) (await reader).close();
    this.#readers.clear();
  }

  #reader(version: string): Promise<BaseReader> {
    const known = this.#readers.get(version);
    if (known !== undefined) return known;
    const opening = this.#files.open(version).then((file) => {
      const { index, presence, path } = file;
      const fill = (extents: readonly number[]) => file.fillForRead(extents);
      return new BaseReader({
        index,
        presence,
        path,
        fill,
        log: new ReadLog(presence, (e) => file.readsSeen(e)),
      });
    });
    opening.catch(() => this.#readers.delete(version)); // the next reader tries again
    this.#readers.set(version, opening);
    return opening;
  }
}
