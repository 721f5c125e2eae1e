/** As every JavaScript engine has it; the types of Node leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => {
    readonly buffer: SharedArrayBuffer;
  };
};

const wasmPageBytes = 64 * 1024;

/**
 * Zeroed memory of at least this size that begins on a page, as reads and writes past the page cache (O_DIRECT) need it. Node aligns no buffer of its
 * own; WebAssembly's memory lies so, but reserves gigabytes of addresses: make few, and use them again.
 */
export function pageAlignedMemory(sizeBytes: number): SharedArrayBuffer {
  const pages = Math.ceil(sizeBytes / wasmPageBytes);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
}
