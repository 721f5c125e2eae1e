/**
 * The Fastify application that controller and agent share: zod schemas in and out, typed errors, bearer tokens,
 * octet-stream bodies as buffers, bounds, `GET /v1/health` and the OpenAPI document at `/v1/openapi.json`.
 */
import swagger from "@fastify/swagger";
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from "fastify";
import { jsonSchemaTransform, serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { z } from "zod";
import { bearerAuth, type BearerAuthOptions } from "./bearer-auth";
import { errors, zodValidatorCompiler } from "./errors";

/** The application, with handlers typed by their zod schemas. */
export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ServerOptions extends BearerAuthOptions {
  /** Title of the OpenAPI document. */
  readonly title: string;
  /** Version of the OpenAPI document: the product's. */
  readonly version: string;
  readonly logger: FastifyBaseLogger;
  /** Largest request body where a route sets no other bound. Default 32 MiB, an image index with room. */
  readonly bodyBytesMax?: number;
}

const bodyBytesMaxDefault = 32 * 1024 * 1024;
/** To receive one request; as long as clients allow the longest of theirs. */
const requestTimeoutMs = 300_000;

/**
 * Builds the application without listening. Routes are added to the answer with `app.register` or `app.route`.
 * Bodies of type `application/octet-stream` arrive as `Buffer`s; routes that take them declare `octetsSchema`.
 */
export async function buildServer(options: ServerOptions): Promise<Server> {
  const app: Server = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: options.bodyBytesMax ?? bodyBytesMaxDefault,
    // A sender whose host vanished would hold its request, and its place among those allowed at once, for ever.
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 256 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(zodValidatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  await app.register(errors);
  await app.register(bearerAuth, {
    verify: options.verify,
    ...(options.authorize ? { authorize: options.authorize } : {}),
    ...(options.verifyElsewhere ? { verifyElsewhere: options.verifyElsewhere } : {}),
  });
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: options.title, version: options.version },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      security: [{ bearer: [] }],
    },
    transform: jsonSchemaTransform,
  });
  app.get(
    "/v1/health",
    {
      config: { public: true },
      schema: { security: [], response: { 200: z.object({ status: z.literal("ok") }) } },
    },
    async () => ({ status: "ok" as const }),
  );
  app.get("/v1/openapi.json", { config: { public: true }, schema: { hide: true } }, async () =>
    app.swagger(),
  );
  return app;
}

/** Body schema of routes that take `application/octet-stream`. */
export const octetsSchema = z
  .custom<Buffer>((value) => Buffer.isBuffer(value), "must be sent as application/octet-stream")
  .meta({ type: "string", format: "binary" });

/** Response schema of routes that stream `application/octet-stream`. */
export const octetStreamSchema = z
  .custom<Readable>((value) => value instanceof Readable)
  .meta({ type: "string", format: "binary" });
