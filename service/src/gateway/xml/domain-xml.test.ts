import { readDomainXml, withVolumeSettings } from "./domain-xml";

const places = {
  volumeDirectory: "/var/lib/dvce/volumes",
  volumePool: "dvce",
  consoleDirectory: "/var/lib/dvce/consoles",
};

const domain = (devices: string, rest = ""): string =>
  `<domain type="qemu"><name>web-0</name>${rest}<devices>${devices}</devices></domain>`;

const settings = (devices: string): string | undefined =>
  withVolumeSettings(readDomainXml(domain(devices)), places);

const pooled = `<disk type="volume" device="disk"><driver name="qemu" type="qcow2"/><source pool="dvce" volume="a.qcow2"/></disk>`;

describe("what placement reads", () => {
  test.each([
    ["<memory>1048576</memory>", 1024],
    ["<memory unit='KiB'>524288</memory>", 512],
    ["<memory unit='MiB'>512</memory>", 512],
    ["<memory unit='GiB'>2</memory>", 2048],
    ["<memory unit='b'>1048577</memory>", 2],
    ["<memory unit='MB'>1</memory>", 1],
    ["", 0],
  ])("memory in %s", (memory, memoryMiB) => {
    expect(readDomainXml(domain("", memory)).memoryMiB).toBe(memoryMiB);
  });

  test("name, processors and UUID in any of libvirt's spellings", () => {
    const xml = domain("", "<vcpu placement='static'>3</vcpu><uuid>B9B2B833FDB04849ABABACD80DD9DB8E</uuid>");
    expect(readDomainXml(xml)).toMatchObject({
      name: "web-0",
      vcpus: 3,
      uuid: "b9b2b833-fdb0-4849-abab-acd80dd9db8e",
    });
  });

  test("only the domain's own name, not one deeper inside", () => {
    const xml = "<domain><metadata><name>inner</name></metadata><name>outer</name></domain>";
    expect(readDomainXml(xml).name).toBe("outer");
  });

  test.each([
    ["", "XML error"],
    ["<domain>", "XML error"],
    ["<network><name>n</name></network>", "unexpected root element <network>"],
    ["<domain/>", "must have a <name>"],
    [domain("", "<vcpu>many</vcpu>"), "'many' is not a valid value of <vcpu>"],
    [domain("", "<memory unit='parsec'>1</memory>"), "unknown unit 'parsec'"],
  ])("refuses %s", (xml, message) => {
    expect(() => readDomainXml(xml)).toThrow(message);
  });
});

describe("what DVCE volumes need", () => {
  test("leaves every other domain alone", () => {
    expect(
      settings(`<disk type="file"><source file="/var/lib/libvirt/images/a.qcow2"/></disk>`),
    ).toBeUndefined();
    expect(settings(`<disk type="volume"><source pool="default" volume="a"/></disk>`)).toBeUndefined();
    expect(settings(`<disk type="file"><source file="/var/lib/dvce/volumes/../x"/></disk>`)).toBeUndefined();
    expect(withVolumeSettings(readDomainXml("<domain><name>a</name></domain>"), places)).toBeUndefined();
  });

  test("stops the VM on errors of a volume by pool or by path, and of no other disk", () => {
    const seed = `<disk type="file" device="cdrom"><source file="/var/lib/dvce/volumes/web-0-seed.iso"/></disk>`;
    const other = `<disk type="file"><driver name="qemu"/><source file="/srv/b.raw"/></disk>`;
    const byPath = `<disk type="file"><driver name="qemu" type="qcow2" error_policy="report"/><source file="/var/lib/dvce/volumes/b.qcow2"/></disk>`;
    const xml = settings(pooled + seed + other + byPath) ?? "";
    expect(xml.match(/error_policy="stop" rerror_policy="stop"/g)).toHaveLength(2);
    expect(xml).toContain(seed);
    expect(xml).toContain(other);
  });

  test("writes the driver of a disk that has none, as the qcow2 that it is", () => {
    const xml = settings(`<disk type="volume"><source pool="dvce" volume="a.qcow2"/></disk>`);
    expect(xml).toContain(
      `<disk type="volume"><driver name="qemu" type="qcow2" error_policy="stop" rerror_policy="stop"/><source`,
    );
  });

  const log = `<log file="/var/lib/dvce/consoles/web-0.log" append="off"/>`;

  test("logs the first serial port rather than the console that is its alias", () => {
    const xml = settings(
      `${pooled}<console type="pty"/><serial type="tcp"/><serial type="pty"><target port="0"/></serial>`,
    );
    expect(xml).toContain(`<serial type="pty"><target port="0"/>${log}</serial>`);
    expect(xml?.match(/<log /g)).toHaveLength(1);
  });

  test("logs the first console where there is no serial port", () => {
    expect(settings(`${pooled}<console type="pty"/>`)).toContain(`<console type="pty">${log}</console>`);
  });

  test("logs a console without a type, which libvirt takes for a pty, as the official provider writes it", () => {
    const console = `<console><target type="serial" port="0"/>`;
    expect(settings(`${pooled}${console}</console>`)).toContain(`${console}${log}</console>`);
  });

  test("keeps a log that the user asked for", () => {
    const own = `<serial type="pty"><log file="/srv/own.log"/></serial>`;
    expect(settings(pooled + own)).toContain(own);
  });

  test("keeps text and metadata as they were", () => {
    const metadata = `<metadata><a:x xmlns:a="urn:a">1 &lt; 2</a:x></metadata>`;
    expect(withVolumeSettings(readDomainXml(domain(pooled, metadata)), places)).toContain(metadata);
  });
});
