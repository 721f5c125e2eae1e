import axios, { type AxiosInstance, type AxiosRequestConfig, isAxiosError } from "axios";
import type { z } from "zod";
import { errorCatalogue, type ErrorCode } from "../errors/catalogue";
import { DvceError, type ErrorDetail } from "../errors/dvce-error";
import { errorBodySchema } from "../schema/common";

export interface HttpClientOptions {
  /** Origin of the server, e.g. `http://127.0.0.1:7800`. */
  readonly url: string;
  /** Bearer token. */
  readonly token: string;
  /** Time for one request, body included. Default 30 s. */
  readonly timeoutMs?: number;
  /** Which of the pool's parts answers there; picks the error when nothing does. Default the controller. */
  readonly peer?: "controller" | "node";
  /** Ends every request; what was to be answered then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** JSON over HTTP with typed answers and typed errors. Shared by both clients. */
export class HttpClient {
  readonly url: string;
  readonly #axios: AxiosInstance;
  readonly #peer: "controller" | "node";
  readonly #signal: AbortSignal | undefined;

  constructor(options: HttpClientOptions) {
    this.url = options.url.replace(/\/+$/, "");
    this.#peer = options.peer ?? "controller";
    this.#signal = options.signal;
    this.#axios = axios.create({
      baseURL: this.url,
      timeout: options.timeoutMs ?? 30_000,
      headers: { authorization: `Bearer ${options.token}` },
      maxBodyLength: Infinity,
      maxContentLength: Infinity,
      maxRedirects: 0,
      proxy: false,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  /** Sends `config` and parses the answer's body with `schema`. Throws {@link DvceError}. */
  async json<S extends z.ZodType>(schema: S, config: AxiosRequestConfig): Promise<z.infer<S>> {
    const response = await this.#send(config);
    const parsed = schema.safeParse(response.data);
    if (!parsed.success) {
      throw new DvceError(
        "DVCE_INTERNAL",
        `${this.url} answered ${config.method ?? "GET"} ${config.url} in a shape this version does not know; ` +
          "check that both sides run the same version of DVCE",
        { cause: parsed.error },
      );
    }
    return parsed.data;
  }

  /** Sends `config` and returns the answer's bytes. Throws {@link DvceError}. */
  async bytes(config: AxiosRequestConfig): Promise<Buffer> {
    const response = await this.#send({ ...config, responseType: "arraybuffer" });
    return Buffer.from(response.data as ArrayBuffer);
  }

  /** Sends `config` and returns the answer as a stream. Throws {@link DvceError}. */
  async stream(config: AxiosRequestConfig): Promise<NodeJS.ReadableStream> {
    // Any bound of the length, infinity too, puts a generator between the socket and the reader.
    const response = await this.#send({ ...config, responseType: "stream", maxContentLength: -1 });
    return response.data as NodeJS.ReadableStream;
  }

  /** Sends `config` and ignores the answer's body. Throws {@link DvceError}. */
  async empty(config: AxiosRequestConfig): Promise<void> {
    await this.#send(config);
  }

  async #send(config: AxiosRequestConfig) {
    try {
      return await this.#axios.request(config);
    } catch (error) {
      throw await this.#translate(error, config);
    }
  }

  async #translate(error: unknown, config: AxiosRequestConfig): Promise<unknown> {
    if (this.#signal?.aborted === true) return this.#signal.reason;
    if (!isAxiosError(error)) return error;
    if (error.response === undefined) {
      const who = this.#peer === "controller" ? "the controller" : "the node's agent";
      const code = this.#peer === "controller" ? "DVCE_CONTROLLER_UNREACHABLE" : "DVCE_NODE_UNREACHABLE";
      return new DvceError(
        code,
        `No answer from ${who} at ${this.url} (${error.code ?? error.message}). ` +
          "Check the address, that it runs, and that this machine can reach it.",
        { cause: error },
      );
    }
    const body = errorBodySchema.safeParse(await readErrorBody(error.response.data));
    if (!body.success) {
      return new DvceError(
        "DVCE_INTERNAL",
        `${this.url} answered ${config.method ?? "GET"} ${config.url} with status ${error.response.status} ` +
          "and no DVCE error; check that the address is a DVCE controller or agent",
        { cause: error },
      );
    }
    const { code, message, details } = body.data.error;
    const known: ErrorCode = code in errorCatalogue ? (code as ErrorCode) : "DVCE_INTERNAL";
    return new DvceError(known, message, { details: details as ErrorDetail[] });
  }
}

/** Error bodies arrive as objects, bytes or streams, by what the caller asked for. */
async function readErrorBody(data: unknown): Promise<unknown> {
  try {
    if (Buffer.isBuffer(data)) return JSON.parse(data.toString("utf8"));
    if (data instanceof ArrayBuffer) return JSON.parse(Buffer.from(data).toString("utf8"));
    if (data !== null && typeof data === "object" && Symbol.asyncIterator in data) {
      const parts: Buffer[] = [];
      let sizeBytes = 0;
      for await (const part of data as AsyncIterable<Buffer>) {
        sizeBytes += part.length;
        if (sizeBytes > 1024 * 1024) return undefined;
        parts.push(part);
      }
      return JSON.parse(Buffer.concat(parts).toString("utf8"));
    }
    return data;
  } catch {
    return undefined; // not JSON: the caller reports a body that is no DVCE error
  }
}
