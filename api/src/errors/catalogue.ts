/**
 * The one catalogue of operating errors. Every boundary (API, CLI, provider, constructs) speaks these codes.
 *
 * A message says what was given, what is allowed and what to do. `retryable` says whether the same request
 * can succeed later without the caller changing anything.
 */
export interface ErrorDefinition {
  readonly status: number;
  readonly retryable: boolean;
}

const define = (status: number, retryable = false): ErrorDefinition => ({ status, retryable });

export const errorCatalogue = {
  DVCE_INPUT_INVALID: define(400),
  DVCE_UNAUTHENTICATED: define(401),
  DVCE_FORBIDDEN: define(403),
  DVCE_NOT_FOUND: define(404),
  DVCE_BODY_TOO_LARGE: define(413),
  DVCE_INTERNAL: define(500),
  DVCE_TIME_LIMIT: define(504, true),

  DVCE_CONTROLLER_UNREACHABLE: define(503, true),
  DVCE_NODE_UNREACHABLE: define(503, true),
  DVCE_NODE_NOT_FOUND: define(404),
  DVCE_NODE_EPOCH_STALE: define(409),
  DVCE_NODE_STATE: define(409),
  DVCE_NODE_IN_USE: define(409),
  DVCE_POOL_MISMATCH: define(409),

  DVCE_IMAGE_NOT_FOUND: define(404),
  DVCE_IMAGE_IN_USE: define(409),
  DVCE_IMAGE_UNREADABLE: define(400),
  DVCE_IMAGE_TRUNCATED: define(400),
  DVCE_IMAGE_FORMAT_UNKNOWN: define(400),
  DVCE_IMAGE_CHANGED: define(409, true),
  DVCE_IMAGE_CHECKSUM_MISMATCH: define(400),
  DVCE_IMAGE_DOWNLOAD_FAILED: define(502, true),
  DVCE_IMAGE_INCOMPLETE: define(409, true),
  DVCE_PULL_NOT_FOUND: define(404),
  DVCE_VERSION_NOT_FOUND: define(404),
  DVCE_BOOT_PROFILE_NOT_FOUND: define(404),
  DVCE_INDEX_INVALID: define(400),

  DVCE_CHUNK_MISSING: define(404, true),
  DVCE_CHUNK_CORRUPT: define(422),
  DVCE_STORE_CORRUPT: define(500),
  DVCE_STORE_FULL: define(507),
  DVCE_STORE_UNWRITABLE: define(500),
  DVCE_STORE_LOCKED: define(409, true),
  DVCE_BATCH_INVALID: define(400),
  DVCE_CAIBX_INVALID: define(400),

  DVCE_CLUSTER_NOT_FOUND: define(404),
  DVCE_CLUSTER_IN_USE: define(409),
  DVCE_CLUSTER_PROTECTED: define(409),
  DVCE_MEMBER_DUPLICATE: define(409),
  DVCE_PLACEMENT_INFEASIBLE: define(409, true),
  DVCE_PLAN_STALE: define(409),

  DVCE_VOLUME_NOT_FOUND: define(404),
  DVCE_VOLUME_EXISTS: define(409),
  DVCE_VOLUME_IN_USE: define(409),
  DVCE_VOLUME_COPYING: define(409, true),
  DVCE_VOLUME_SOURCE_LOST: define(409),
  DVCE_VOLUME_SIZE_INVALID: define(400),

  DVCE_DOMAIN_NOT_FOUND: define(404),
  DVCE_GATEWAY_PROTOCOL: define(400),

  DVCE_OUTPUT_FAILED: define(500),
  DVCE_HOST_UNSUPPORTED: define(500),
  DVCE_TOOL_FAILED: define(500),
  DVCE_POOL_EXISTS: define(409),
  DVCE_POOL_NOT_FOUND: define(404),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;
