/**
 * Every route asks for a bearer token, unless its `config.public` is true. Who sent it is `request.identity`.
 *
 * Runs in `onRequest`, before any body is read, so that a stranger cannot make the server take bytes in.
 */
import { DvceError } from "@dvce/api";
import type { FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { readBasicPassword, readBearerToken, type Identity, type VerifyToken } from "../auth/bearer-token";

declare module "fastify" {
  interface FastifyRequest {
    /** Who sent the request; undefined on public routes only. */
    identity: Identity | undefined;
  }
  interface FastifyContextConfig {
    /** Answered without a token. */
    public?: boolean;
    /**
     * Also answers tokens that {@link BearerAuthOptions.verifyElsewhere} knows, and takes a token as the password of HTTP
     * Basic, which is all that casync can send.
     */
    readableByPool?: boolean;
  }
}

export interface BearerAuthOptions {
  readonly verify: VerifyToken;
  /** Asked about tokens that `verify` does not know, on routes that are readable by the whole pool. */
  readonly verifyElsewhere?: (token: string) => Promise<Identity | undefined>;
  /** Refuses by throwing `DVCE_FORBIDDEN`. Called for every authenticated request. Default: everything allowed. */
  readonly authorize?: (identity: Identity, request: FastifyRequest) => void;
}

/** Identity of an authenticated request. Throws when called on a public route: that is a programming error. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === undefined) throw new Error(`${request.method} ${request.url} has no identity`);
  return request.identity;
}

/** See the head of this file. Throws `DVCE_UNAUTHENTICATED` for a missing or unknown token. */
export const bearerAuth = fastifyPlugin<BearerAuthOptions>(
  async (app, options) => {
    app.decorateRequest("identity", undefined);
    app.addHook("onRequest", async (request) => {
      if (request.routeOptions.config.public === true) return;
      const { authorization } = request.headers;
      const { readableByPool } = request.routeOptions.config;
      const token =
        readBearerToken(authorization) ?? (readableByPool ? readBasicPassword(authorization) : undefined);
      if (token === undefined) {
        throw new DvceError(
          "DVCE_UNAUTHENTICATED",
          "No bearer token was sent. Set DVCE_TOKEN, or send the header 'Authorization: Bearer TOKEN'.",
        );
      }
      const identity =
        options.verify(token) ?? (readableByPool ? await options.verifyElsewhere?.(token) : undefined);
      if (identity === undefined) {
        throw new DvceError(
          "DVCE_UNAUTHENTICATED",
          "The bearer token is not known here. Make one with 'dvce token create' for this pool.",
        );
      }
      request.identity = identity;
      options.authorize?.(identity, request);
    });
  },
  { name: "dvce-bearer-auth" },
);
