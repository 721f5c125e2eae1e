/** A piece of an export, for `base:allocation`. */
export interface NbdExtent {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Reads as zeros and takes no space. */
  readonly hole: boolean;
}

/** One read-only disk that the server offers. */
export interface NbdExport {
  readonly sizeBytes: number;
  /**
   * Fills `target` from `offsetBytes` at once, if that takes no longer than copying from memory; else answers false and
   * has done nothing that matters. The range lies inside the export. Throws what a client sees as EIO.
   */
  readNow(offsetBytes: number, target: Buffer): boolean;
  /**
   * Fills `target`. May take long while the bytes are somewhere else; rejects when they cannot be had, which a client
   * sees as EIO.
   */
  read(offsetBytes: number, target: Buffer): Promise<void>;
  /** Data and holes that cover the range exactly, in order. */
  extents(offsetBytes: number, lengthBytes: number): Iterable<NbdExtent>;
}

/** The exports of a server, by name. */
export interface NbdExports {
  names(): Promise<readonly string[]>;
  /** Undefined when there is no such export. */
  open(name: string): Promise<NbdExport | undefined>;
}
