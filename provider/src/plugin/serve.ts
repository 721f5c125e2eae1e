/** Brings up the plugin: socket, mutual TLS, gRPC, and the handshake line that tells the client of them. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { messageSizeBytesMax } from "../codec/msgpack";
import { createCertificate } from "./certificate";
import { handshakeLine, HandshakeError, type PluginEnvironment } from "./handshake";
import { addHostServices } from "./host-services";
import { superviseLifetime } from "./lifetime";
import { serviceDefinition } from "./services";

/** Longest path that fits `sockaddr_un.sun_path` with its terminating zero. */
const socketPathBytesMax = 107;

/**
 * Serves `provider` until the client shuts it down or is gone. Resolves once the handshake line is written.
 * Throws {@link HandshakeError} when no socket can be made where the client wants it.
 */
export async function serve(
  environment: PluginEnvironment,
  provider: UntypedServiceImplementation,
): Promise<void> {
  const directory = mkdtempSync(path.join(environment.socketDirectory ?? tmpdir(), "dvce-"));
  const lifetime = superviseLifetime(() => rmSync(directory, { recursive: true, force: true }));
  const socketPath = path.join(directory, "s");
  if (Buffer.byteLength(socketPath) > socketPathBytesMax) {
    throw new HandshakeError(
      `The socket path ${socketPath} is longer than ${socketPathBytesMax} bytes; set TMPDIR to a shorter folder.`,
    );
  }

  const certificate = createCertificate(new Date());
  const server = new Server({
    "grpc.max_receive_message_length": messageSizeBytesMax,
    "grpc.max_send_message_length": messageSizeBytesMax,
  });
  server.addService(serviceDefinition("tfplugin6.Provider"), provider);
  addHostServices(server, () => lifetime.end());
  const credentials = ServerCredentials.createSsl(
    Buffer.from(environment.clientCertificatePem),
    [
      {
        private_key: Buffer.from(certificate.privateKeyPem),
        cert_chain: Buffer.from(certificate.certificatePem),
      },
    ],
    true,
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, credentials, (error) =>
      error === null
        ? resolve()
        : reject(new HandshakeError(`Unable to listen on ${socketPath}: ${error.message}`)),
    );
  });
  chmodSync(socketPath, 0o600);
  process.stdout.write(handshakeLine(socketPath, certificate.certificateDer));
}
