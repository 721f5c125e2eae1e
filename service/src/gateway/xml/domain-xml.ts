/**
 * What the gateway reads from a domain's XML, and the few settings that it adds for a domain whose disks are
 * DVCE volumes. XML of any other domain is forwarded byte for byte.
 */
import { DOMParser, XMLSerializer, type Document, type Element } from "@xmldom/xmldom";
import { errorCode, errorDomain, LibvirtError } from "../wire/errors";

/** A domain as placement needs it. */
export interface DomainXml {
  readonly name: string;
  /** Lower case with hyphens; undefined when libvirt is to choose. */
  readonly uuid: string | undefined;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly document: Document;
}

export interface VolumePlaces {
  readonly volumeDirectory: string;
  readonly volumePool: string;
  readonly consoleDirectory: string;
}

/** libvirt's virScaleInteger: bytes in one unit. */
const unitBytes = new Map([
  ["b", 1],
  ["bytes", 1],
  ["kb", 1e3],
  ["k", 2 ** 10],
  ["kib", 2 ** 10],
  ["mb", 1e6],
  ["m", 2 ** 20],
  ["mib", 2 ** 20],
  ["gb", 1e9],
  ["g", 2 ** 30],
  ["gib", 2 ** 30],
  ["tb", 1e12],
  ["t", 2 ** 40],
  ["tib", 2 ** 40],
]);
const mebibyte = 2 ** 20;

/** @throws LibvirtError when it is not XML, not a domain, or has no name */
export function readDomainXml(xml: string): DomainXml {
  const document = parse(xml);
  const domain = document.documentElement;
  if (domain === null || domain.tagName !== "domain") {
    throw invalid(`unexpected root element <${domain?.tagName ?? ""}>, expecting <domain>`);
  }
  const name = childText(domain, "name");
  if (name === undefined || name === "") throw invalid("a domain must have a <name>");
  const uuid = childText(domain, "uuid")
    ?.toLowerCase()
    .replaceAll(/[^0-9a-f]/g, "");
  return {
    name,
    uuid: uuid === undefined || uuid.length !== 32 ? undefined : hyphenated(uuid),
    vcpus: positiveInteger(childText(domain, "vcpu") ?? "1", "<vcpu>"),
    memoryMiB: memoryMiB(domain),
    document,
  };
}

/**
 * Sets what a member on a DVCE volume needs: a disk that stops the VM instead of failing in the guest while its
 * chunks cannot be had, and a log of its first console. Returns undefined when no disk is a DVCE volume.
 */
export function withVolumeSettings(domain: DomainXml, places: VolumePlaces): string | undefined {
  const root = domain.document.documentElement;
  const devices = root === null ? undefined : child(root, "devices");
  if (devices === undefined) return undefined;
  const disks = children(devices, "disk").filter((disk) => isWritableVolume(disk, places));
  if (disks.length === 0) return undefined;
  for (const disk of disks) stopOnErrors(disk);
  logConsole(devices, `${places.consoleDirectory}/${domain.name}.log`);
  return new XMLSerializer().serializeToString(domain.document);
}

function parse(xml: string): Document {
  try {
    const onError = (_level: string, message: string): never => {
      throw new Error(message);
    };
    return new DOMParser({ onError }).parseFromString(xml, "text/xml");
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), error);
  }
}

/** A seed is a CD-ROM with a file of its own: it reads no backing, so nothing there can be late. */
function isWritableVolume(disk: Element, places: VolumePlaces): boolean {
  if ((disk.getAttribute("device") ?? "disk") !== "disk") return false;
  const source = child(disk, "source");
  if (source === undefined) return false;
  if (source.getAttribute("pool") === places.volumePool) return true;
  const file = source.getAttribute("file") ?? "";
  return file.startsWith(`${places.volumeDirectory}/`) && !file.includes("/../");
}

function stopOnErrors(disk: Element): void {
  let driver = child(disk, "driver");
  if (driver === undefined) {
    driver = disk.ownerDocument?.createElement("driver") ?? undefined;
    if (driver === undefined) return;
    driver.setAttribute("name", "qemu");
    disk.insertBefore(driver, disk.firstChild);
  }
  // Every DVCE volume is a qcow2 overlay; libvirt takes a disk without a type for raw.
  if (!driver.hasAttribute("type")) driver.setAttribute("type", "qcow2");
  driver.setAttribute("error_policy", "stop");
  driver.setAttribute("rerror_policy", "stop");
}

/** The first console is the first serial port wherever there is one, so the log belongs there. */
function logConsole(devices: Element, file: string): void {
  // A console without a type is a pty to libvirt, and that is how the official provider writes one.
  const isPty = (element: Element): boolean => (element.getAttribute("type") ?? "pty") === "pty";
  const port = children(devices, "serial").find(isPty) ?? children(devices, "console").find(isPty);
  if (port === undefined || child(port, "log") !== undefined) return;
  const log = port.ownerDocument?.createElement("log");
  if (log === undefined) return;
  log.setAttribute("file", file);
  log.setAttribute("append", "off");
  port.appendChild(log);
}

function memoryMiB(domain: Element): number {
  const memory = child(domain, "memory");
  if (memory === undefined) return 0;
  const unit = (memory.getAttribute("unit") ?? "KiB").toLowerCase();
  const bytes = unitBytes.get(unit);
  if (bytes === undefined) throw invalid(`unknown unit '${unit}' of <memory>`);
  return Math.ceil((positiveInteger(memory.textContent ?? "", "<memory>") * bytes) / mebibyte);
}

function positiveInteger(text: string, what: string): number {
  const value = Number(text.trim());
  if (!Number.isSafeInteger(value) || value < 1) throw invalid(`'${text}' is not a valid value of ${what}`);
  return value;
}

function children(parent: Element, tagName: string): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && node.nodeName === tagName) found.push(node as Element);
  }
  return found;
}

const child = (parent: Element, tagName: string): Element | undefined => children(parent, tagName)[0];

const childText = (parent: Element, tagName: string): string | undefined =>
  child(parent, tagName)?.textContent?.trim() ?? undefined;

const hyphenated = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");

const invalid = (message: string, cause?: unknown): LibvirtError =>
  new LibvirtError(errorCode.xml, errorDomain.domain, `XML error: ${message}`, { cause });
