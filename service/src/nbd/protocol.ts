/**
 * Constants and layouts of the NBD protocol, as far as the server speaks it. All numbers are big-endian.
 * Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md
 *
 *     server greeting      8 "NBDMAGIC", 8 "IHAVEOPT", 2 handshake flags
 *     client answer        4 client flags
 *     option request       8 "IHAVEOPT", 4 option, 4 length, data
 *     option reply         8 0x0003e889045565a9, 4 option, 4 reply type, 4 length, data
 *     EXPORT_NAME reply    8 size, 2 transmission flags, 124 zeros unless NO_ZEROES
 *     request              4 0x25609513, 2 command flags, 2 command, 8 cookie, 8 offset, 4 length
 *     simple reply         4 0x67446698, 4 error, 8 cookie, data
 *     structured chunk     4 0x668e33ef, 2 flags, 2 type, 8 cookie, 4 length, data
 */
export const greetingMagic = Buffer.from("NBDMAGIC", "latin1");
export const optionMagic = Buffer.from("IHAVEOPT", "latin1");
export const optionReplyMagic = 0x0003e889045565a9n;
export const requestMagic = 0x25609513;
export const simpleReplyMagic = 0x67446698;
export const structuredReplyMagic = 0x668e33ef;

export const optionHeaderSizeBytes = 16;
export const requestSizeBytes = 28;

/** An option with more data than this ends the connection. Export names have at most 4096 bytes. */
export const optionDataSizeBytesMax = 16 * 1024;
/** Largest read that is answered, as the protocol advises and QEMU assumes. */
export const requestLengthBytesMax = 32 * 1024 * 1024;

export const handshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const;

export const option = {
  exportName: 1,
  abort: 2,
  list: 3,
  startTls: 5,
  info: 6,
  go: 7,
  structuredReply: 8,
  listMetaContext: 9,
  setMetaContext: 10,
} as const;

const errorBit = 2 ** 31;
export const optionReply = {
  ack: 1,
  server: 2,
  info: 3,
  metaContext: 4,
  errorUnsupported: errorBit + 1,
  errorInvalid: errorBit + 3,
  errorUnknown: errorBit + 6,
  errorTooBig: errorBit + 9,
} as const;

export const infoType = { export: 0, name: 1, blockSize: 3 } as const;

export const transmissionFlag = {
  hasFlags: 1,
  readOnly: 2,
  sendFlush: 4,
  sendDontFragment: 128,
  canMultiConnect: 256,
} as const;

export const command = {
  read: 0,
  write: 1,
  disconnect: 2,
  flush: 3,
  trim: 4,
  cache: 5,
  writeZeroes: 6,
  blockStatus: 7,
} as const;

export const commandFlag = { dontFragment: 4, requestOne: 8 } as const;

export const chunkFlagDone = 1;
export const chunkType = { none: 0, offsetData: 1, offsetHole: 2, blockStatus: 5, error: 32769 } as const;

/** Errors of the protocol; numbers as in Linux. */
export const nbdError = { permission: 1, io: 5, invalid: 22, overflow: 75, notSupported: 95 } as const;

/** The only metadata context offered, and its number on the wire. */
export const allocationContext = "base:allocation";
export const allocationContextId = 1;
/** Flags of `base:allocation`. */
export const allocationHoleZero = 1 | 2;
