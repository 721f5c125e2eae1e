import type { Filter, SkewView } from "./filter";

const broken = (skews: readonly SkewView[]): SkewView | undefined =>
  skews.find((skew) => skew.value === undefined || !skew.admits);

/** No value of a label gets more members than another has, and the skew allowed. */
export const maxSkew: Filter = {
  name: "max skew",
  rejects: ({ skews }) => broken(skews()) !== undefined,
  reason: ({ skews }) => {
    const skew = broken(skews());
    if (skew === undefined) return "keeps the maximum skew";
    const { key, value, skewMax, members, fewest } = skew;
    if (value === undefined) return `has no label ${key}, which the maximum skew goes by`;
    return (
      `is in ${key}=${value}, which has ${members} of this cluster: with one more, ` +
      `${key}=${fewest.value} with ${fewest.members} could not come within the maximum skew of ${skewMax}`
    );
  },
};
