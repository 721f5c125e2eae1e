/**
 * The other end of the plugin protocol, as Terraform is: starts a provider process, reads its handshake and calls it
 * over gRPC with mutual TLS. For suites that say what Terraform would not, or more often than Terraform could.
 */
import { Client, credentials, status, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { decodeMsgpack, encodeMsgpack } from "../../../provider/src/codec/msgpack";
import { createCertificate, toPem } from "../../../provider/src/plugin/certificate";
import { cookie } from "../../../provider/src/plugin/handshake";
import { serviceDefinition } from "../../../provider/src/plugin/services";
import type { DynamicValue, WireDiagnostic } from "../../../provider/src/rpc/messages";

/** A diagnostic as it arrives: an enumeration by its number. */
export type ArrivedDiagnostic = Omit<WireDiagnostic, "severity"> & { readonly severity: number };

export interface Answer {
  readonly diagnostics?: readonly ArrivedDiagnostic[];
  readonly [field: string]: unknown;
}

export const providerMethods = serviceDefinition("tfplugin6.Provider");

/** A value as Terraform sends it. */
export const dynamic = (value: unknown): DynamicValue => ({ msgpack: encodeMsgpack(value) });

/** What such a value holds, without types; null where there is none. */
export function plain(value: unknown): unknown {
  const { msgpack } = (value ?? {}) as DynamicValue;
  return msgpack === undefined || msgpack.length === 0 ? null : decodeMsgpack(msgpack);
}

/** `Diagnostic.Severity` of the protocol. */
export const severities = { error: 1, warning: 2 } as const;

export const errorsOf = (answer: Answer): readonly ArrivedDiagnostic[] =>
  (answer.diagnostics ?? []).filter(({ severity }) => severity === severities.error);

const stderrCharactersMax = 20_000;
/** How long a process whose connection is gone may take to be gone itself. */
const exitMsMax = 5000;

export class PluginClient {
  #stderr = "";

  private constructor(
    readonly process: ChildProcess,
    readonly socketPath: string,
    private readonly client: Client,
  ) {}

  /** Starts `executable` as Terraform does. Throws with what it said when it ends before its handshake. */
  static async start(
    executable: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<PluginClient> {
    const own = createCertificate(new Date());
    const child = spawn(executable, [], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        ...environment,
        [cookie.name]: cookie.value,
        PLUGIN_PROTOCOL_VERSIONS: "5,6",
        PLUGIN_CLIENT_CERT: own.certificatePem,
      },
    });
    let stderr = "";
    child.stderr.on(
      "data",
      (data: Buffer) => (stderr = (stderr + data.toString()).slice(-stderrCharactersMax)),
    );
    const line = await new Promise<string>((resolve, reject) => {
      let text = "";
      child.stdout.on("data", (data: Buffer) => {
        text += data.toString();
        if (text.includes("\n")) resolve(text);
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`${executable} ended before its handshake: ${stderr}`)));
    });
    const [, , , socketPath = "", , certificate = ""] = line.trim().split("|");
    const security = credentials.createSsl(
      Buffer.from(toPem(Buffer.from(certificate, "base64"))),
      Buffer.from(own.privateKeyPem),
      Buffer.from(own.certificatePem),
    );
    const client = new Client(`unix:${socketPath}`, security, {
      "grpc.ssl_target_name_override": "localhost",
      "grpc.default_authority": "localhost",
      "grpc.max_receive_message_length": -1,
    });
    const started = new PluginClient(child, socketPath, client);
    child.stderr.on("data", (data: Buffer) => {
      started.#stderr = (started.#stderr + data.toString()).slice(-stderrCharactersMax);
    });
    return started;
  }

  /** How the process ended; undefined while it runs. */
  get ended(): string | undefined {
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) return undefined;
    return `the provider ended with ${String(exitCode ?? signalCode)}: ${this.#stderr}`;
  }

  /** One call of the Provider service. Rejects with gRPC's error, never for diagnostics. */
  call(name: string, request: object): Promise<Answer> {
    return this.#send(method(name), (definition) => definition.requestSerialize(request));
  }

  /** The same with a request that may be no such message. */
  callRaw(name: string, request: Buffer): Promise<Answer> {
    return this.#send(method(name), () => request);
  }

  /** Sets the pool that the provider talks to. */
  async configure(url: string, token: string): Promise<void> {
    const answer = await this.call("ConfigureProvider", { config: dynamic({ url, token }) });
    const [error] = errorsOf(answer);
    if (error !== undefined) throw new Error(`${error.summary}: ${error.detail}`);
  }

  /** Asks it to end, as Terraform does, and waits until it has. */
  async stop(): Promise<void> {
    const shutdown = serviceDefinition("plugin.GRPCController")["Shutdown"];
    if (this.ended === undefined && shutdown !== undefined) {
      const exit = once(this.process, "exit");
      await this.#send(shutdown, (definition) => definition.requestSerialize({})).catch(() => {
        this.process.kill("SIGKILL");
      });
      if (this.ended === undefined) await exit;
    }
    this.client.close();
  }

  /** Why a call failed: because the process has ended, where it has. */
  async #reason(error: ServiceError): Promise<Error> {
    if (error.code !== status.UNAVAILABLE) return error;
    if (this.ended === undefined) {
      const timeout = AbortSignal.timeout(exitMsMax);
      await once(this.process, "exit", { signal: timeout }).catch(() => undefined);
    }
    return this.ended === undefined ? error : new Error(this.ended);
  }

  #send(
    definition: MethodDefinition<object, object>,
    write: (definition: MethodDefinition<object, object>) => Buffer,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest(
        definition.path,
        (bytes: Buffer) => bytes,
        definition.responseDeserialize,
        write(definition),
        (error: ServiceError | null, answer?: object) => {
          if (error !== null) void this.#reason(error).then(reject);
          else resolve((answer ?? {}) as Answer);
        },
      );
    });
  }
}

function method(name: string): MethodDefinition<object, object> {
  const found = providerMethods[name];
  if (found === undefined) throw new Error(`The protocol has no call ${name}`);
  return found;
}
