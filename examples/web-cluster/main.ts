import { Image, Pool, VirtualCluster } from "@dvce/modules";
import { App, TerraformOutput, TerraformStack } from "cdktf";

const app = new App();
const stack = new TerraformStack(app, "web-cluster");

// The controller's address and token come from DVCE_URL and DVCE_TOKEN.
new Pool(stack, "pool");

const debian = new Image(stack, "debian", { path: process.env["IMAGE"] ?? ".cache/images/debian-12.qcow2" });

const site = new VirtualCluster(stack, "site", {
  image: debian,
  members: { name: "web", count: 3, vcpus: 1, memoryMiB: 512, diskGiB: 4 },
  constraints: { antiAffinity: true },
});

new TerraformOutput(stack, "placements", { value: site.placements });

app.synth();
