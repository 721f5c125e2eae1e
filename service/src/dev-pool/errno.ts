/** True for a system error of that code. Looks at the shape, since errors may come from another realm. */
export function hasErrno(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
