/** A disk image that can be read at any offset, whatever its file format. */
export interface ImageSource {
  /** Size of the disk that a guest sees. */
  readonly sizeBytes: number;
  /** Whether its bytes come from more files than the one that was opened (a backing chain). */
  readonly dependsOnOtherFiles: boolean;
  /** What may hold anything but zeros, in order and without overlap. Everything else reads as zeros. */
  dataExtents(): AsyncIterable<DataExtent>;
  /**
   * Fills `target` with the image's bytes from `offsetBytes`. Throws `DVCE_IMAGE_CHANGED` when the file has become
   * shorter, `DVCE_IMAGE_UNREADABLE` when it cannot be read or decoded.
   */
  read(offsetBytes: number, target: Buffer): Promise<void>;
  /** Throws `DVCE_IMAGE_CHANGED` when the file is not the one that was opened, as it was then. */
  verifyUnchanged(): Promise<void>;
  close(): Promise<void>;
}

export interface DataExtent {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}
