/** A real guest boots the real image while its agent is killed again and again: it sees no I/O error and comes up. */
import { AgentClient } from "@dvce/api";
import { indexImage, pushImage } from "@dvce/image";
import { setTimeout as delay } from "node:timers/promises";
import { DevPool } from "../../service/src/dev-pool";
import { hasLoginPrompt } from "../../tools/demo/login";
import { ensureAll } from "../../tools/setup";
import { consoleText, domainXml, runOnHost, startGuest } from "../support/guest";
import { announceSeed, Random } from "../support/random";

const name = "reboot";
const domain = "guest-0";
const kills = 5;
/** What a guest's kernel says of a disk that fails it. */
const diskError = /I\/O error|Buffer I\/O|blk_update_request|EXT4-fs error|Remounting filesystem read-only/;
jest.setTimeout(40 * 60_000);

/**
 * On a machine so busy that the boot takes minutes, systemd gives up waiting for the console's device and starts no prompt on
 * it; at the end of the boot the device is there.
 */
const userData = "#cloud-config\nruncmd:\n  - [systemctl, start, --no-block, serial-getty@ttyS0.service]\n";

afterAll(() => DevPool.down({ name }));

it(`boots to its login prompt over ${kills} times kill -9 of the agent`, async () => {
  const random = new Random(announceSeed("agent killed during a boot"));
  const { imagePath } = await ensureAll({ image: true, opentofu: false });
  if (imagePath === undefined) throw new Error("set-up made no image");
  await DevPool.down({ name });
  const pool = await DevPool.up({ name, hosts: 1, replicas: 1 });
  const [host] = pool.hosts;
  if (host === undefined) throw new Error("the pool has no host");
  const admin = await pool.client("admin");
  const index = await indexImage(imagePath);
  await pushImage(admin, { image: "debian", path: imagePath, index });
  const agent = new AgentClient({ url: host.agentUrl, token: await pool.token("node") });
  const seed = { hostname: domain, userData, sshAuthorizedKeys: [] };
  const sizeBytes = Math.max(index.sizeBytes, 4 * 1024 ** 3);
  const volume = await agent.createVolume({ domain, version: index.version, sizeBytes, seed });

  const [node] = await admin.listNodes();
  const disk = { overlayPath: volume.path, seedPath: volume.seedPath };
  await startGuest(host, domain, domainXml(domain, node?.domainType ?? "qemu", disk));

  const text = () => consoleText(host, domain);
  let paused = 0;
  for (let killed = 0; killed < kills; killed++) {
    // The console grows with the boot: some kilobytes on, the guest is somewhere else in it.
    const from = (await text()).length;
    const growBytes = 1024 + random.below(4096);
    while ((await text()).length < from + growBytes && !hasLoginPrompt(await text())) await delay(100);
    expect(hasLoginPrompt(await text())).toBe(false); // else this was no kill during the boot
    await host.killAgent();
    await delay(random.below(3_000));
    const state = await runOnHost(host, ["virsh", "-q", "domstate", domain, "--reason"]);
    if (state.includes("I/O error")) paused++;
    await host.start();
  }
  while (!hasLoginPrompt(await text())) {
    expect(await text()).not.toMatch(diskError);
    await delay(250);
  }
  expect(await text()).not.toMatch(diskError);
  expect(paused).toBeGreaterThan(0); // else no read of the guest ever met a dead agent
});
