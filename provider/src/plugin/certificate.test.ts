import { X509Certificate, createPrivateKey } from "node:crypto";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import { createCertificate } from "./certificate";

test("the certificate is for localhost, signs itself, and is valid now", () => {
  const now = new Date("2026-05-01T12:00:00Z");
  const made = createCertificate(now);
  const certificate = new X509Certificate(made.certificatePem);
  expect(certificate.raw.equals(made.certificateDer)).toBe(true);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.ca).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(made.privateKeyPem))).toBe(true);
  expect(Date.parse(certificate.validFrom)).toBe(now.getTime() - 30_000);
});

test("a date after 2049 is encoded as certificates demand", () => {
  const certificate = new X509Certificate(createCertificate(new Date("2049-01-01T00:00:00Z")).certificatePem);
  expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2058);
});

test("TLS accepts it, and only the client whose certificate was announced", async () => {
  const [server, client, stranger] = [1, 2, 3].map(() => createCertificate(new Date()));
  const listener = createServer({
    key: server?.privateKeyPem,
    cert: server?.certificatePem,
    ca: client?.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  listener.on("secureConnection", (socket) => socket.end("hello"));
  listener.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as AddressInfo;
  const talk = (as: typeof client): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket: TLSSocket = connect({
        host: "127.0.0.1",
        port,
        servername: "localhost",
        ca: server?.certificatePem,
        key: as?.privateKeyPem,
        cert: as?.certificatePem,
      });
      let text = "";
      socket.on("data", (data) => (text += data.toString()));
      socket.on("close", () => (text === "" ? reject(new Error("refused")) : resolve(text)));
      socket.on("error", reject);
    });
  try {
    await expect(talk(client)).resolves.toBe("hello");
    await expect(talk(stranger)).rejects.toThrow();
  } finally {
    listener.close();
  }
});
