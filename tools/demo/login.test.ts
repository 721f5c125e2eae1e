import { hasLoginPrompt } from "./login";

describe("a login prompt", () => {
  test.each([
    "Debian GNU/Linux 12 web-0 ttyS0\r\n\r\nweb-0 login: ",
    "\u001b[0m\u001b[1;31mweb-0 login:\u001b[0m ",
    "debian login: [   12.5] cloud-init[399]: still busy\r\n",
    "\u001b[!p\u001b[?7lweb-0 login: ",
  ])("is seen in %j", (text) => {
    expect(hasLoginPrompt(text)).toBe(true);
  });

  test.each([
    "",
    "[  OK  ] Reached target login.target - Login: ready\r\n",
    "Starting systemd-logind.service - User Login Management...",
    "systemd[1]: last login: never",
  ])("is not seen in %j", (text) => {
    expect(hasLoginPrompt(text)).toBe(false);
  });
});
