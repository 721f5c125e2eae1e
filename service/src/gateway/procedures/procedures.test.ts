import { readFileSync } from "node:fs";
import { join } from "node:path";
import { procedure, procedureByNumber, procedures } from ".";
import { procedureDocument } from "./document";

describe("the procedure table", () => {
  test("has every procedure of libvirt 9.0 once", () => {
    expect(procedures.map(([number]) => number)).toEqual(Array.from({ length: 443 }, (_, i) => i + 1));
    expect(new Set(procedures.map(([, name]) => name)).size).toBe(443);
  });

  test("has the names that the gateway's own calls have", () => {
    const spelled = (name: string): string =>
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    const registers = new Map<number, string>([
      [procedure.domainEventCallbackRegister, "CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY"],
      [procedure.domainEventCallbackDeregister, "CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY"],
    ]);
    for (const [name, number] of Object.entries(procedure)) {
      expect(procedureByNumber.get(number)?.[1]).toBe(registers.get(number) ?? spelled(name));
    }
  });

  test("counts only what a listing of names gives", () => {
    for (const [, , route] of procedures) {
      if (route.kind !== "fan-out-count") continue;
      expect(procedureByNumber.get(route.listing)?.[2]).toEqual({ kind: "fan-out-merge", merge: "names" });
    }
  });

  test("is what docs/gateway-procedures.md says", () => {
    const document = readFileSync(join(__dirname, "../../../../docs/gateway-procedures.md"), "utf8");
    expect(document).toBe(procedureDocument());
  });
});
