/** A real guest boots the real image while its agent is killed again and again: it sees no I/O error and comes up. */
import { AgentClient } from "@dvce/api";
import { indexImage, pushImage } from "@dvce/image";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { DevPool } from "../../service/src/dev-pool";
import { hasLoginPrompt } from "../../tools/demo/login";
import { ensureAll } from "../../tools/setup";
import { announceSeed, Random } from "../support/random";

const name = "reboot";
const domain = "guest-0";
const kills = 5;
const consolePath = `/var/lib/dvce/consoles/${domain}.log`;
/** What a guest's kernel says of a disk that fails it. */
const diskError = /I\/O error|Buffer I\/O|blk_update_request|EXT4-fs error|Remounting filesystem read-only/;
jest.setTimeout(40 * 60_000);

/**
 * A prompt, or systemd's last target: on a machine so busy that the boot takes minutes, systemd gives up waiting for the
 * console's device and starts no prompt on it.
 */
function isUp(text: string): boolean {
  return hasLoginPrompt(text) || /Reached target \S*cloud-init\.target/.test(text);
}

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
  const seed = { hostname: domain, userData: "", sshAuthorizedKeys: [] };
  const sizeBytes = Math.max(index.sizeBytes, 4 * 1024 ** 3);
  const volume = await agent.createVolume({ domain, version: index.version, sizeBytes, seed });

  const virsh = async (...args: string[]) => {
    const { code, stdout, stderr } = await host.exec(["virsh", "-q", ...args]);
    if (code !== 0) throw new Error(`virsh ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const [node] = await admin.listNodes();
  const xml = `<domain type="${node?.domainType ?? "qemu"}"><name>${domain}</name><memory unit="MiB">512</memory>
    <vcpu>1</vcpu><os><type arch="x86_64">hvm</type></os><cpu mode="maximum"/><features><acpi/></features>
    <devices>
      <disk type="file" device="disk">
        <driver name="qemu" type="qcow2" error_policy="stop" rerror_policy="stop"/>
        <source file="${volume.path}"/><target dev="vda" bus="virtio"/>
      </disk>
      <disk type="file" device="cdrom">
        <driver name="qemu" type="raw"/><source file="${volume.seedPath}"/><target dev="sda" bus="sata"/><readonly/>
      </disk>
      <serial type="pty"><log file="${consolePath}" append="off"/></serial>
    </devices></domain>`;
  await writeFile(host.file(`/var/lib/dvce/consoles/${domain}.xml`), xml);
  await virsh("define", `/var/lib/dvce/consoles/${domain}.xml`);
  await virsh("start", domain);

  const text = () => readFile(host.file(consolePath), "latin1").catch(() => "");
  let paused = 0;
  for (let killed = 0; killed < kills; killed++) {
    // The console grows with the boot: some kilobytes on, the guest is somewhere else in it.
    const from = (await text()).length;
    const growBytes = 1024 + random.below(4096);
    while ((await text()).length < from + growBytes && !isUp(await text())) await delay(100);
    expect(isUp(await text())).toBe(false); // else this was no kill during the boot
    await host.killAgent();
    await delay(random.below(3_000));
    if ((await virsh("domstate", domain, "--reason")).includes("I/O error")) paused++;
    await host.start();
  }
  while (!isUp(await text())) {
    expect(await text()).not.toMatch(diskError);
    await delay(250);
  }
  expect(await text()).not.toMatch(diskError);
  expect(paused).toBeGreaterThan(0); // else no read of the guest ever met a dead agent
});
