/** gRPC service definitions for the plugin protocol, from the embedded descriptor. */
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import protobuf from "protobufjs/light";
import descriptor from "./proto/descriptor.json";

// The import's own type has each field's type as any string; protobufjs checks the descriptor as it resolves it.
const root = protobuf.Root.fromJSON(descriptor as protobuf.INamespace);

/** Every number of the protocol fits a JavaScript number; absent fields stay absent. */
const readOptions: protobuf.IConversionOptions = { longs: Number };

const serializer =
  (type: protobuf.Type) =>
  (message: object): Buffer =>
    Buffer.from(type.encode(type.fromObject(message)).finish());

const deserializer =
  (type: protobuf.Type) =>
  (bytes: Buffer): object =>
    type.toObject(type.decode(bytes), readOptions);

function defineMethod(service: protobuf.Service, method: protobuf.Method): MethodDefinition<object, object> {
  method.resolve();
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (request === null || response === null) throw new Error(`${method.fullName} names an unknown message`);
  return {
    path: `/${service.fullName.slice(1)}/${method.name}`,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: serializer(request),
    requestDeserialize: deserializer(request),
    responseSerialize: serializer(response),
    responseDeserialize: deserializer(response),
  };
}

/** The definition of a service by its full name, e.g. `tfplugin6.Provider`. */
export function serviceDefinition(fullName: string): ServiceDefinition {
  const service = root.lookupService(fullName);
  return Object.fromEntries(
    service.methodsArray.map((method) => [method.name, defineMethod(service, method)]),
  );
}
