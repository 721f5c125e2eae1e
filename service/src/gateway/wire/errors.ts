/**
 * libvirt's error on the wire (remote_error of src/remote/remote_protocol.x; numbers from
 * include/libvirt/virterror.h):
 *
 *   int code; int domain (which part of libvirt speaks); string *message; int level (2: error);
 *   domain *dom; string *str1, *str2, *str3; int int1, int2; network *net
 */
import { isDvceError } from "@dvce/api";
import { XdrReader, XdrWriter } from "./xdr";

/** virErrorNumber. */
export const errorCode = {
  internal: 1,
  noSupport: 3,
  noConnect: 5,
  invalidConnection: 6,
  invalidArgument: 8,
  operationFailed: 9,
  xml: 27,
  operationDenied: 29,
  system: 38,
  rpc: 39,
  noDomain: 42,
  noNetwork: 43,
  authFailed: 45,
  noStoragePool: 49,
  noStorageVolume: 50,
  operationInvalid: 55,
  noNwfilter: 62,
  multipleDomains: 110,
} as const;

/** virErrorDomain. */
export const errorDomain = {
  none: 0,
  xml: 5,
  rpc: 7,
  qemu: 10,
  remote: 13,
  storage: 18,
  network: 19,
  domain: 20,
  nwfilter: 33,
} as const;

const levelError = 2;

/** An error that a libvirt client is to see. */
export class LibvirtError extends Error {
  override readonly name = "LibvirtError";

  constructor(
    readonly code: number,
    readonly domain: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** "This function is not supported", as a libvirt driver without `what` says it. */
export const notSupported = (what: string): LibvirtError =>
  new LibvirtError(
    errorCode.noSupport,
    errorDomain.rpc,
    `this function is not supported by the connection driver: ${what}`,
  );

/** Anything that a call may end in, as libvirt's error: typed DVCE errors keep their code in the text. */
export function toLibvirtError(error: unknown): LibvirtError {
  if (error instanceof LibvirtError) return error;
  if (isDvceError(error)) {
    const details = error.details.map((detail) => `\n- ${detail.message}`).join("");
    return new LibvirtError(
      errorCode.operationFailed,
      errorDomain.rpc,
      `${error.code}: ${error.message}${details}`,
      { cause: error },
    );
  }
  const message = error instanceof Error ? error.message : String(error);
  return new LibvirtError(errorCode.rpc, errorDomain.rpc, message, { cause: error });
}

export function encodeError(error: LibvirtError): Buffer {
  const writer = new XdrWriter().int(error.code).int(error.domain);
  writer.optional(error.message, (message) => writer.string(message));
  writer.int(levelError);
  // No domain object, no str1 … str3.
  writer.uint(0).optional(error.message, (message) => writer.string(message));
  return writer.uint(0).uint(0).int(-1).int(-1).uint(0).take();
}

/** Code, domain and message of an error reply; the rest repeats them. */
export function decodeError(payload: Buffer): LibvirtError {
  const reader = new XdrReader(payload);
  const code = reader.int();
  const domain = reader.int();
  const message = reader.optional(() => reader.string()) ?? "libvirt gave no message";
  return new LibvirtError(code, domain, message);
}
