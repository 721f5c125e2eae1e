/** Small words for explanations. */

/** "a", "a and b", "a, b and c"; beyond `countMax` names, "… and 7 more". */
export function listNames(names: readonly string[], countMax = 5): string {
  if (names.length > countMax) {
    return `${names.slice(0, countMax).join(", ")} and ${names.length - countMax} more`;
  }
  const last = names[names.length - 1] ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

const units = ["B", "kB", "MB", "GB", "TB"];

/** "212 of 508 MB": both in the unit that suits the whole, decimal as disk and link sizes are. */
export function partOfBytes(part: number, whole: number): string {
  let power = 0;
  while (power < units.length - 1 && whole >= 1000 ** (power + 1)) power++;
  const digits = (amount: number) => {
    const scaled = amount / 1000 ** power;
    return power > 0 && scaled < 10 ? `${Math.round(scaled * 10) / 10}` : `${Math.round(scaled)}`;
  };
  return `${digits(part)} of ${digits(whole)} ${units[power] ?? "B"}`;
}
