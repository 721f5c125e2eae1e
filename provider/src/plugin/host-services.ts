/** The services that go-plugin needs beside the provider: shutdown, broker, stdio mirror and health. */
import type {
  sendUnaryData,
  Server,
  ServerDuplexStream,
  ServerUnaryCall,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { serviceDefinition } from "./services";

const serving = 1; // HealthCheckResponse.SERVING
const serviceUnknown = 3;

/** Adds them to `server`. `onShutdown` is called once the client has been answered. */
export function addHostServices(server: Server, onShutdown: () => void): void {
  server.addService(serviceDefinition("plugin.GRPCController"), {
    Shutdown(_call: ServerUnaryCall<object, object>, callback: sendUnaryData<object>) {
      callback(null, {});
      onShutdown();
    },
  });
  server.addService(serviceDefinition("plugin.GRPCBroker"), {
    // Terraform opens the stream and, of a provider, never asks for a further connection on it.
    StartStream(call: ServerDuplexStream<object, object>) {
      call.on("end", () => call.end());
      call.resume();
    },
  });
  server.addService(serviceDefinition("plugin.GRPCStdio"), {
    // Standard output carries nothing after the handshake, and logs go to standard error itself; the stream
    // stays open, for go-plugin takes its end for the end of the plugin's output.
    StreamStdio(call: ServerWritableStream<object, object>) {
      call.on("cancelled", () => call.end());
    },
  });
  server.addService(serviceDefinition("grpc.health.v1.Health"), {
    Check(call: ServerUnaryCall<{ service?: string }, object>, callback: sendUnaryData<object>) {
      callback(null, { status: (call.request.service ?? "") === "plugin" ? serving : serviceUnknown });
    },
  });
}
