/** A member boots the real Debian image to its login prompt on a node that had none of it. */
import { cluster, image, providers } from "./support/configuration";
import { openScene, type Scene } from "./support/scene";
import { succeeded } from "./support/terraform";
import { waitForLogin } from "../../tools/demo/login";

jest.setTimeout(20 * 60_000);

describe("a real image", () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene({ name: "accept", hosts: 2, replicas: 1, rate: "1gbit", image: true });
  });

  afterAll(() => scene.close());

  test("boots to a login prompt from chunks of a peer, less than a quarter of them", async () => {
    const terraform = await scene.terraform();
    const path = scene.setup.imagePath;
    if (path === undefined) throw new Error("set-up made no image");
    const declare = (members: readonly string[]): Promise<void> =>
      terraform.write(
        "main.tf",
        providers(scene.pool.libvirtUri) +
          image({ name: "debian", path }) +
          cluster({ name: "web", image: "debian", members, memoryMiB: 512, diskGiB: 4 }),
      );
    await declare(["a"]);
    await terraform.init();
    succeeded(await terraform.apply(["-target=dvce_image.debian"]));
    const client = await scene.pool.client();
    const { replicas } = await client.getVersion((await client.getImage("debian")).version);
    const holder = replicas.find(({ presentBytes }) => presentBytes > 0)?.node;
    if (holder === undefined) throw new Error("no node holds the image");
    await client.changeNode(holder, "cordon");

    succeeded(await terraform.apply());
    const login = await waitForLogin(client, "web-a", { timeoutMs: 10 * 60_000 });
    expect(login.node).not.toBe(holder);
    const { dataBytes } = await client.getVersion((await client.getImage("debian")).version);
    expect(login.bytesFetched).toBeGreaterThan(0);
    expect(login.bytesFetched).toBeLessThan(dataBytes / 4);
    expect(await terraform.changes()).toBe("");
    succeeded(await terraform.destroy());
  });
});
