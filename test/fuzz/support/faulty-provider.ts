/** The provider with one fault, named by DVCE_TEST_FAULT: what the plugin's fuzz test must notice. */
import type { UnaryService } from "../../../provider/src/plugin/lazy-service";
import { lazyService } from "../../../provider/src/plugin/lazy-service";
import { readEnvironment } from "../../../provider/src/plugin/handshake";
import { serve } from "../../../provider/src/plugin/serve";
import { startProvider } from "../../../provider/src/provider/start";
import type { PlanRequest, PlanResponse } from "../../../provider/src/rpc/messages";

type Handler = UnaryService[string];

/** Whether the request holds a list where an object belongs. */
const isList = (request: object): boolean =>
  ((request as PlanRequest).proposed_new_state?.msgpack?.[0] ?? 0) >> 4 === 0x9;

const faults: Readonly<Record<string, (plan: Handler) => Handler>> = {
  ends: (plan) => (call, callback) => {
    if (isList(call.request)) process.exit(7);
    plan(call, callback);
  },
  "says nothing": (plan) => (call, callback) => {
    if (isList(call.request)) callback(null, {});
    else plan(call, callback);
  },
  "breaks the call": (plan) => (call, callback) => {
    if (isList(call.request)) callback({ code: 13, details: "oops" });
    else plan(call, callback);
  },
  "forgets attributes": (plan) => (call, callback) =>
    plan(call, (error, answer) => {
      // An empty object, in msgpack.
      const planned_state = { msgpack: Buffer.from([0x80]) };
      callback(error, answer === null || answer === undefined ? answer : forget(answer, planned_state));
    }),
};

const forget = (answer: PlanResponse | object, planned_state: object): object =>
  "planned_state" in answer ? { ...answer, planned_state } : answer;

function faulty(service: UnaryService): UnaryService {
  const fault = faults[process.env["DVCE_TEST_FAULT"] ?? ""];
  const plan = service["PlanResourceChange"];
  if (fault === undefined || plan === undefined) throw new Error("DVCE_TEST_FAULT names no fault");
  return { ...service, PlanResourceChange: fault(plan) };
}

const service = faulty(startProvider(process));
void serve(
  readEnvironment(process.env),
  lazyService("tfplugin6.Provider", () => Promise.resolve(service)),
);
