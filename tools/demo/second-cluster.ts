/** The demo's second cluster: one member of the same image, in a stack of its own. */
import { Image, Pool, VirtualCluster } from "@dvce/modules";
import { App, TerraformStack } from "cdktf";

const app = new App();
const stack = new TerraformStack(app, "second-cluster");
new Pool(stack, "pool");

const path = process.env["IMAGE"];
if (path === undefined) throw new Error("IMAGE is not set; give the path of a disk image");
// Another name for the same content: each stack owns the image that it declares.
const image = new Image(stack, "debian-too", { path });

new VirtualCluster(stack, "second", {
  image,
  members: { name: "app", count: 1, vcpus: 1, memoryMiB: 512, diskGiB: 4 },
});

app.synth();
