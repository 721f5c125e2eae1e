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
   * Exactly `lengthBytes` from `offsetBytes`; the range lies inside the export. May take long while the bytes are
   * somewhere else; rejects when they cannot be had, which a client sees as EIO.
   */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>;
  /** Data and holes that cover the range exactly, in order. */
  extents(offsetBytes: number, lengthBytes: number): Iterable<NbdExtent>;
}

/** The exports of a server, by name. */
export interface NbdExports {
  names(): readonly string[];
  /** Size without opening; undefined when there is no such export. */
  open(name: string): Promise<NbdExport | undefined>;
}
