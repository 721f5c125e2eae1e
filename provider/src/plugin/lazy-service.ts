/** A service whose implementation is loaded with its first call, so that the handshake need not wait for it. */
import { status, type handleUnaryCall, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { serviceDefinition } from "./services";

export type UnaryService = Readonly<Record<string, handleUnaryCall<object, object>>>;

/** Answers every unary call of the service `fullName` with what `load` gives; a call that it lacks is unimplemented. */
export function lazyService(
  fullName: string,
  load: () => Promise<UnaryService>,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.keys(serviceDefinition(fullName)).map((name): [string, handleUnaryCall<object, object>] => [
      name,
      (call, callback) => {
        load().then(
          (service) => {
            const handler = service[name];
            if (handler === undefined) callback({ code: status.UNIMPLEMENTED, details: `no ${name} here` });
            else handler(call, callback);
          },
          (error: unknown) => callback({ code: status.INTERNAL, details: String(error) }),
        );
      },
    ]),
  );
}
