/**
 * Uses an image as its owner would in the first days: boots it in QEMU, where cloud-init gives it an identity and the
 * journal grows, updates its package lists, installs a web server and keeps the downloaded packages, serves requests
 * that it logs, fills a database, rotates logs, removes a package, and shuts down. The guest reaches the Debian
 * archive through QEMU's own user-mode network. Minutes where QEMU must emulate the CPU.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execute } from "../../../tools/setup/execute";
import { probeDomainType } from "../../../service/src/agent/kvm-probe";
import { makeSeed } from "../../../service/src/volumes/seed";

export interface UseImageOptions {
  /** Gets what the guest writes to its serial console. */
  readonly logPath: string;
  readonly signal: AbortSignal;
}

const deadlineMs = 20 * 60_000;
/** Shown on the console when all of the work was done. */
const doneMark = "dedup-after-use-done";

const work = `#!/bin/sh
set -eux
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt-get update
apt-get install --yes --no-install-recommends nginx-light tmux htop
python3 - <<'EOF'
import http.client
web = http.client.HTTPConnection("localhost")
for i in range(900):
    web.request("GET", f"/?order={i * 7919 % 9973}")
    web.getresponse().read()
EOF
python3 - <<'EOF'
import sqlite3
db = sqlite3.connect("/var/lib/orders.db")
db.execute("create table orders (id integer primary key, customer text, item text, cents integer)")
for day in range(20):
    rows = ((f"customer {(day * 977 + i * 31) % 5003}", f"item {i * i % 997}", i * 7919 % 100000) for i in range(2000))
    db.executemany("insert into orders (customer, item, cents) values (?, ?, ?)", rows)
    db.execute("delete from orders where id % 7 = ?", (day % 7,))
    db.commit()
EOF
for i in $(seq 3000); do echo "request $i served in $((i * 7919 % 997)) us"; done | logger -t app
apt-get remove --yes htop
journalctl --flush
journalctl --rotate
useradd --create-home --shell /bin/bash alice
cp -a /etc /home/alice/etc-backup
sync
echo ${doneMark} > /dev/ttyS0
poweroff
`;

/** Changes the raw disk in place. @throws Error when the guest did not finish its work, naming its console's log. */
export async function useImage(diskPath: string, options: UseImageOptions): Promise<void> {
  const seedPath = join(diskPath, "../seed.iso");
  const userData = `#cloud-config\n${JSON.stringify({
    write_files: [{ path: "/root/use", permissions: "0755", content: work }],
    runcmd: [["/root/use"]],
  })}\n`;
  await makeSeed(
    seedPath,
    { hostname: "used", sshAuthorizedKeys: [], userData },
    "used-1",
    join(diskPath, ".."),
  );
  const accelerator = (await probeDomainType()) === "kvm" ? "kvm" : "tcg,thread=multi";
  await execute(
    "qemu-system-x86_64",
    [
      ...["-accel", accelerator, "-cpu", "max", "-smp", "2", "-m", "1024", "-nodefaults", "-display", "none"],
      ...["-no-reboot", "-serial", `file:${options.logPath}`],
      ...["-drive", `file=${diskPath},format=raw,if=virtio,discard=unmap,cache=unsafe`],
      ...["-drive", `file=${seedPath},format=raw,if=virtio,readonly=on`],
      ...["-nic", "user,model=virtio-net-pci"],
      ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"],
    ],
    { signal: AbortSignal.any([options.signal, AbortSignal.timeout(deadlineMs)]) },
  );
  const log = await readFile(options.logPath, "latin1");
  if (!log.includes(`\n${doneMark}`))
    throw new Error(`The guest ended before its work was done; its console: ${options.logPath}`);
}
