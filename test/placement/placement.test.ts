/**
 * Random pools and clusters against what placement promises. DVCE_TEST_SEED repeats a run; `npm run test:long` runs the
 * whole number, a hundred thousand of each.
 */
import { placeCluster } from "../../service/src/placement/place-cluster";
import { announceSeed } from "../support/random";
import { roundsOf } from "../support/rounds";
import { properties } from "./properties";

const seed = announceSeed("placement");
const count = roundsOf({ short: 5000, long: 100_000 });
jest.setTimeout(60_000 + count * 100);

test.each(Object.entries(properties))("a plan %s", (_name, property) => {
  property(placeCluster, { seed, count });
});
