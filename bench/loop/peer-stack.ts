/**
 * The benchmark's peer: the same three VMs from the official libvirt provider alone. One provider alias per host,
 * the image uploaded to each, a disk over it, a cloud-init seed, a domain like those that DVCE's constructs make.
 */
import { cloudinitDisk, domain, pool, provider, volume } from "@cdktf/provider-libvirt";
import { App, TerraformStack } from "cdktf";
import { parsePeerHosts, peerConsolePort, peerDomain } from "./peer-hosts";

function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
}

const app = new App();
const stack = new TerraformStack(app, "peer");
const gibibyte = 1024 ** 3;

parsePeerHosts(environment("PEER_HOSTS")).forEach((host, index) => {
  const { name } = host;
  const alias = new provider.LibvirtProvider(stack, name, { alias: name, uri: host.uri });
  const images = new pool.Pool(stack, `${name}-images`, {
    provider: alias,
    name: "bench",
    type: "dir",
    target: { path: "/var/lib/libvirt/bench" },
  });
  const base = new volume.Volume(stack, `${name}-base`, {
    provider: alias,
    name: "base.qcow2",
    pool: images.name,
    source: environment("IMAGE"),
    format: "qcow2",
  });
  const disk = new volume.Volume(stack, `${name}-disk`, {
    provider: alias,
    name: "disk.qcow2",
    pool: images.name,
    baseVolumeId: base.id,
    size: 4 * gibibyte,
    format: "qcow2",
  });
  const seed = new cloudinitDisk.CloudinitDisk(stack, `${name}-seed`, {
    provider: alias,
    name: "seed.iso",
    pool: images.name,
    metaData: `instance-id: web-${index}\nlocal-hostname: web-${index}\n`,
    userData: "#cloud-config\n{}\n",
  });
  new domain.Domain(stack, `${name}-domain`, {
    provider: alias,
    name: peerDomain,
    type: environment("DOMAIN_TYPE"),
    vcpu: 1,
    memory: 512,
    cpu: { mode: "maximum" },
    running: true,
    cloudinit: seed.id,
    disk: [{ volumeId: disk.id }],
    console: [
      {
        type: "tcp",
        targetType: "serial",
        targetPort: "0",
        sourceHost: host.address,
        sourceService: String(peerConsolePort),
      },
    ],
    graphics: { type: "vnc", listenType: "none" },
  });
});

app.synth();
