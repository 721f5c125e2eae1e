import { libvirtConfig } from "./libvirt-config";

const hostUuid = "6f0c2b1e-4a55-4b0c-9a36-0d6b5f3c1a11";

describe("libvirt's configuration of a development host", () => {
  test("listens on Unix sockets alone by default", () => {
    const conf = libvirtConfig({ hostUuid, tcp: null }).get("libvirtd.conf");
    expect(conf).toContain(`host_uuid = "${hostUuid}"`);
    expect(conf).toContain("listen_tcp = 0");
    expect(conf).not.toContain("listen_addr");
  });

  test("listens on the host's own address only, when asked", () => {
    const conf = libvirtConfig({ hostUuid, tcp: { address: "10.213.1.11", port: 16509 } }).get(
      "libvirtd.conf",
    );
    expect(conf).toContain('listen_addr = "10.213.1.11"');
    expect(conf).toContain('tcp_port = "16509"');
  });

  test("writes guests' logs without virtlogd", () => {
    expect(libvirtConfig({ hostUuid, tcp: null }).get("qemu.conf")).toContain('stdio_handler = "file"');
  });
});
