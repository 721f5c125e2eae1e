/**
 * The plugin's own TLS certificate, made anew for each process as go-plugin does: self-signed, P-256, for
 * "localhost", good for both ends. Terraform trusts exactly the bytes that the handshake line carries.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import * as der from "./der";

export interface Certificate {
  readonly certificateDer: Buffer;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const host = "localhost";
const validForMs = 10 * 365 * 24 * 3600 * 1000; // a plugin process may run as long as its Terraform
const clockSkewMs = 30_000;

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value));

/** digitalSignature, keyEncipherment, keyAgreement and keyCertSign: bits 0, 2, 4 and 5 from the left. */
const keyUsage = der.bitString(Buffer.from([0b10101100]), 2);

const extensions = der.sequence(
  extension("2.5.29.19", true, der.sequence(der.boolean(true))), // basicConstraints: a certificate authority
  extension("2.5.29.15", true, keyUsage),
  extension("2.5.29.37", false, der.sequence(der.oid("1.3.6.1.5.5.7.3.1"), der.oid("1.3.6.1.5.5.7.3.2"))), // server, client
  extension("2.5.29.17", false, der.sequence(der.element(0x82, Buffer.from(host, "ascii")))), // dNSName
);

const ecdsaWithSha256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));
const name = der.sequence(der.set(der.sequence(der.oid("2.5.4.3"), der.utf8String(host))));

/** Makes a key and its certificate, valid from just before `now`. */
export function createCertificate(now: Date): Certificate {
  const keys = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive, and no leading zero byte
  const body = der.sequence(
    der.element(0xa0, der.unsignedInteger(Buffer.from([2]))), // version 3
    der.unsignedInteger(serial),
    ecdsaWithSha256,
    name,
    der.sequence(
      der.time(new Date(now.getTime() - clockSkewMs)),
      der.time(new Date(now.getTime() + validForMs)),
    ),
    name,
    keys.publicKey.export({ type: "spki", format: "der" }),
    der.element(0xa3, extensions),
  );
  const signature = sign("sha256", body, keys.privateKey);
  const certificateDer = der.sequence(body, ecdsaWithSha256, der.bitString(signature));
  return {
    certificateDer,
    certificatePem: toPem(certificateDer),
    privateKeyPem: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** A DER certificate in the form that TLS libraries read. */
export function toPem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}
