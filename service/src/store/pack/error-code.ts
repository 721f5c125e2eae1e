/** The code of an operating system error (`ENOSPC`), or undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  const has = typeof error === "object" && error !== null && "code" in error;
  return has && typeof error.code === "string" ? error.code : undefined;
}
