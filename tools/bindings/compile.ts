/**
 * Compiles generated bindings to the form in which `@cdktf/provider-*` packages are published: CommonJS beside its
 * declarations. The generator's TypeScript does not meet this repository's stricter compiler settings, which would
 * otherwise apply to it, since they apply to every source file that a program imports.
 *
 * Nothing is written: sources come in and outputs go out as maps from path (below one folder) to content.
 */
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  // Fields without a value must not hide accessors of the base classes.
  useDefineForClassFields: false,
  declaration: true,
  skipLibCheck: true,
  esModuleInterop: true,
  newLine: ts.NewLineKind.LineFeed,
  types: [],
};

/**
 * @param directory Folder in which the sources are taken to lie; `cdktf` and `constructs` are found from there.
 * @throws Error with the compiler's messages when the sources do not compile.
 */
export function compileBindings(
  directory: string,
  sources: ReadonlyMap<string, string>,
): Map<string, string> {
  const files = new Map([...sources].map(([path, text]) => [join(directory, path), text]));
  const folders = new Set([...files.keys()].map((path) => dirname(path)));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, directoryExists } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.directoryExists = (path) => folders.has(path) || (directoryExists?.(path) ?? true);
  const outputs = new Map<string, string>();
  host.writeFile = (path, text) => {
    outputs.set(relative(directory, path).split(sep).join("/"), text);
  };

  const program = ts.createProgram(
    [...files.keys()],
    { ...options, rootDir: directory, outDir: directory },
    host,
  );
  const diagnostics = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (diagnostics.length > 0) {
    throw new Error(
      `Unable to compile the bindings:\n${ts.formatDiagnostics(diagnostics.slice(0, 20), host)}`,
    );
  }
  return new Map([...outputs].sort(([a], [b]) => (a < b ? -1 : 1)));
}
