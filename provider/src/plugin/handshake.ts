/**
 * go-plugin's handshake: what Terraform says in the environment, and the one line that it is answered.
 *
 *     CORE-PROTOCOL-VERSION | APP-PROTOCOL-VERSION | NETWORK | ADDRESS | PROTOCOL | SERVER-CERT
 *     1                     | 6                    | unix    | PATH    | grpc     | base64 DER, unpadded
 */

export const protocolVersion = 6;

/** Set by Terraform and OpenTofu so that a plugin can tell that it was not started by hand. */
export const cookie = {
  name: "TF_PLUGIN_MAGIC_COOKIE",
  value: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
} as const;

export interface PluginEnvironment {
  /** PEM of the one certificate that the client will present. */
  readonly clientCertificatePem: string;
  /** Where the socket belongs, when the client says so. */
  readonly socketDirectory: string | undefined;
}

/** Why this process cannot serve; its message is for whoever started it. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
}

/** Reads what the client put into the environment. Throws {@link HandshakeError}. */
export function readEnvironment(environment: NodeJS.ProcessEnv): PluginEnvironment {
  if (environment[cookie.name] !== cookie.value) {
    throw new HandshakeError(
      "This is the Terraform provider dvce, a plugin. It is not to be started by hand: put it into a plugin " +
        "directory or a filesystem mirror, and run terraform or tofu.",
    );
  }
  const versions = environment["PLUGIN_PROTOCOL_VERSIONS"]?.split(",").map(Number) ?? [protocolVersion];
  if (!versions.includes(protocolVersion)) {
    throw new HandshakeError(
      `The provider dvce speaks plugin protocol ${protocolVersion}, and the program that started it speaks ` +
        `${versions.join(", ")}. Use Terraform 1.1 or later, or OpenTofu.`,
    );
  }
  const clientCertificatePem = environment["PLUGIN_CLIENT_CERT"];
  if (clientCertificatePem === undefined || clientCertificatePem === "") {
    throw new HandshakeError(
      "PLUGIN_CLIENT_CERT is not set. The provider dvce talks only over mutual TLS, which terraform and tofu set up.",
    );
  }
  const socketDirectory = environment["PLUGIN_UNIX_SOCKET_DIR"];
  return {
    clientCertificatePem,
    socketDirectory: socketDirectory === "" ? undefined : socketDirectory,
  };
}

/** The answer, for standard output. */
export function handshakeLine(socketPath: string, certificateDer: Buffer): string {
  const certificate = certificateDer.toString("base64").replace(/=+$/, "");
  return `1|${protocolVersion}|unix|${socketPath}|grpc|${certificate}\n`;
}
