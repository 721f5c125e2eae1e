/** The same configuration with the real OpenTofu: created, planned again, destroyed. */
import { leftoversInPool } from "../../tools/demo/leftovers";
import { cluster, image, providers } from "./support/configuration";
import { openScene, type Scene } from "./support/scene";
import { succeeded } from "./support/terraform";

jest.setTimeout(15 * 60_000);

describe("OpenTofu", () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene({ name: "accept", hosts: 2, opentofu: true });
  });

  afterAll(() => scene.close());

  test("creates a cluster, finds nothing to change, and destroys it", async () => {
    const tofu = await scene.terraform(scene.setup.opentofuPath);
    const path = await scene.rawImage("base.raw", "tofu");
    await tofu.write(
      "main.tf",
      providers(scene.pool.libvirtUri) +
        image({ name: "base", path }) +
        cluster({ name: "web", image: "base", members: ["a", "b"] }),
    );
    await tofu.init();
    succeeded(await tofu.apply());
    const vms = await (await scene.pool.client()).listVms();
    expect(vms.map(({ domain }) => domain).sort()).toEqual(["web-a", "web-b"]);
    expect(await tofu.changes()).toBe("");
    succeeded(await tofu.destroy());
    expect(await leftoversInPool(scene.pool)).toEqual([]);
  });
});
