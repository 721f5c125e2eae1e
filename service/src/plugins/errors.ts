/**
 * Turns whatever a handler throws into the one error body of the API (`errorBodySchema`).
 *
 * Operating errors keep their code, status and details. Anything else is a broken invariant: it is logged with
 * its stack under the request's id, and the caller sees `DVCE_INTERNAL` with that id and no inner detail.
 */
import { DvceError, isDvceError, type ErrorBody, type ErrorDetail } from "@dvce/api";
import type { FastifyError, FastifySchemaCompiler } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { ZodType } from "zod";

/** A zod issue, as far as it is told to a caller. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** `DVCE_INPUT_INVALID` with one detail for each issue, each with its path into the input. */
export function inputInvalid(what: string, issues: readonly Issue[]): DvceError {
  const details: ErrorDetail[] = issues.map((issue) => ({
    path: issue.path.map((key) => (typeof key === "number" ? key : String(key))),
    message: issue.message,
  }));
  const first = details[0];
  const where = first?.path?.length ? `${first.path.join(".")}: ` : "";
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : "";
  return new DvceError(
    "DVCE_INPUT_INVALID",
    `Invalid ${what}: ${where}${first?.message ?? "malformed"}${more}`,
    {
      details,
    },
  );
}

const partNames: Record<string, string> = {
  body: "request body",
  params: "path parameter",
  querystring: "query parameter",
  headers: "header",
};

/** Validates a part of a request with its zod schema; a failure is a {@link DvceError} that keeps exact paths. */
export const zodValidatorCompiler: FastifySchemaCompiler<ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return { value: parsed.data };
    return { error: inputInvalid(partNames[httpPart ?? ""] ?? "input", parsed.error.issues) };
  };

/** The wire form of an error. `requestId` names the request in the server's log. */
export function toErrorBody(error: DvceError, requestId: string): ErrorBody {
  return {
    error: {
      code: error.code,
      message: error.message,
      retryable: error.retryable,
      requestId,
      details: error.details.map((detail) => ({
        ...(detail.path === undefined ? {} : { path: [...detail.path] }),
        message: detail.message,
      })),
    },
  };
}

/** Any thrown value as an operating error; what is none becomes `DVCE_INTERNAL`. */
export function toDvceError(error: unknown, requestId: string): DvceError {
  if (isDvceError(error)) return error;
  const framework = error as Partial<FastifyError>;
  const status = framework.statusCode ?? 500;
  if (status === 413) {
    return new DvceError(
      "DVCE_BODY_TOO_LARGE",
      "The request body is larger than this route takes. Send it in parts.",
    );
  }
  if (status >= 400 && status < 500 && typeof framework.message === "string") {
    return new DvceError("DVCE_INPUT_INVALID", framework.message);
  }
  return new DvceError(
    "DVCE_INTERNAL",
    `Something went wrong inside the server; its log has the details under request ${requestId}.`,
    { cause: error },
  );
}

/** Error handler, answer for unknown routes, and the request's id in the `x-request-id` header. */
export const errors = fastifyPlugin(
  async (app) => {
    app.addHook("onRequest", async (request, reply) => {
      reply.header("x-request-id", request.id);
    });
    app.setErrorHandler((error, request, reply) => {
      const typed = toDvceError(error, request.id);
      if (typed.status >= 500) request.log.error({ err: error, code: typed.code }, "request failed");
      else request.log.info({ code: typed.code, reason: typed.message }, "request refused");
      return reply
        .code(typed.status)
        .type("application/json; charset=utf-8")
        .serializer((body: unknown) => JSON.stringify(body))
        .send(toErrorBody(typed, request.id));
    });
    app.setNotFoundHandler((request) => {
      throw new DvceError(
        "DVCE_NOT_FOUND",
        `There is no route ${request.method} ${request.url.split("?")[0]}.`,
      );
    });
  },
  { name: "dvce-errors" },
);
