/**
 * Configuration of a development host's libvirtd. Pure.
 *
 * These settings belong to development pools alone: guests run as root without confinement, and any local
 * process may use the socket. A production host keeps its distribution's defaults.
 */

export interface LibvirtConfigOptions {
  /** Distinguishes the hosts, which share one machine's firmware UUID. */
  readonly hostUuid: string;
  /** Also listen on TCP here, without authentication; null for Unix sockets only. */
  readonly tcp: { readonly address: string; readonly port: number } | null;
}

/** Files for /etc/libvirt, by name. */
export function libvirtConfig(options: LibvirtConfigOptions): ReadonlyMap<string, string> {
  return new Map([
    ["qemu.conf", qemuConf],
    ["libvirtd.conf", libvirtdConf(options)],
    ["libvirt.conf", ""],
  ]);
}

const qemuConf = `# Guests write their logs themselves: no virtlogd in a development host.
stdio_handler = "file"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
# The host is a mount and network namespace; cgroups, MAC and device namespaces are not set up in it.
security_driver = "none"
cgroup_controllers = []
namespaces = []
`;

function libvirtdConf(options: LibvirtConfigOptions): string {
  const lines = [
    "listen_tls = 0",
    'unix_sock_rw_perms = "0700"',
    'unix_sock_ro_perms = "0777"',
    'auth_unix_ro = "none"',
    'auth_unix_rw = "none"',
    `host_uuid = "${options.hostUuid}"`,
    'log_outputs = "3:stderr"',
    options.tcp === null ? "listen_tcp = 0" : "listen_tcp = 1",
  ];
  if (options.tcp !== null) {
    lines.push(
      `listen_addr = "${options.tcp.address}"`,
      `tcp_port = "${options.tcp.port}"`,
      'auth_tcp = "none"',
    );
  }
  return `${lines.join("\n")}\n`;
}
