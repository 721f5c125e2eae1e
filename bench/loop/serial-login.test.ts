import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { waitForSerialLogin } from "./serial-login";

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("a login prompt on a serial console over TCP", () => {
  test("is seen although it comes in pieces", async () => {
    const server = createServer((socket) => {
      socket.write("Debian GNU/Linux 12 web-0 ttyS0\r\n\r\nweb-0 lo");
      setTimeout(() => socket.write("gin: "), 20);
    });
    try {
      const port = await listen(server);
      const before = Date.now();
      const at = await waitForSerialLogin(
        { host: "127.0.0.1", port },
        { timeoutMs: 5_000, signal: new AbortController().signal },
      );
      expect(at).toBeGreaterThanOrEqual(before);
    } finally {
      server.close();
    }
  });

  test("that does not come is an error that shows what did", async () => {
    const server = createServer((socket) => socket.write("Kernel panic - not syncing\r\n"));
    try {
      const port = await listen(server);
      await expect(
        waitForSerialLogin(
          { host: "127.0.0.1", port },
          { timeoutMs: 300, signal: new AbortController().signal },
        ),
      ).rejects.toThrow("Kernel panic");
    } finally {
      server.close();
    }
  });
});
