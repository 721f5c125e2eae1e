import { formatPath, type AttributePath } from "../diagnostics/diagnostic";

/** A value that does not fit the schema. Operating, since the bytes come from another process. */
export class ValueError extends Error {
  readonly path: AttributePath;

  constructor(path: AttributePath, problem: string) {
    super(path.length === 0 ? problem : `${formatPath(path)}: ${problem}`);
    this.name = "ValueError";
    this.path = path;
  }
}
