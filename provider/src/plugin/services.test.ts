import descriptor from "./proto/descriptor.json";
import { buildDescriptor } from "../../scripts/build-descriptor";
import { serviceDefinition } from "./services";

test("the embedded descriptor is that of the .proto files", () => {
  expect(descriptor).toEqual(JSON.parse(JSON.stringify(buildDescriptor())));
});

test("calls have the paths that Terraform uses", () => {
  expect(serviceDefinition("tfplugin6.Provider")["PlanResourceChange"]?.path).toBe(
    "/tfplugin6.Provider/PlanResourceChange",
  );
  expect(serviceDefinition("plugin.GRPCStdio")["StreamStdio"]).toMatchObject({
    path: "/plugin.GRPCStdio/StreamStdio",
    responseStream: true,
  });
  expect(serviceDefinition("grpc.health.v1.Health")["Check"]?.path).toBe("/grpc.health.v1.Health/Check");
});
