/**
 * `npm run demo`: the whole loop on this machine. See options.ts for what it does.
 *
 * Whatever happens (a failure, Ctrl-C, a pool that an earlier run left), nothing of it is left at the end, unless
 * --keep was given.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import { DevPool } from "../../service/src/dev-pool";
import { ensureAll } from "../setup";
import { repositoryDirectory } from "../setup/paths";
import { CdktfProject } from "./cdktf-project";
import { leftoverProcesses, leftoversInPool } from "./leftovers";
import { waitForLogin } from "./login";
import { type DemoOptions, parseOptions, usage } from "./options";
import { memberTable, type DemoReport, type MemberReport, shortcomings } from "./report";

const poolName = "demo";
const outDirectory = join(repositoryDirectory, "out");
const workDirectory = join(outDirectory, "demo");
/** Three emulated boots at once on two slow cores stay below this. */
const loginTimeoutMs = 10 * 60_000;

async function demo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const setup = await ensureAll({ image: true, opentofu: false });
  if (setup.imagePath === undefined)
    throw new Error("set-up answered no image although it was asked for one");
  signal.throwIfAborted();

  title("Three hosts, each with a 1 Gbit/s link");
  await DevPool.down({ name: poolName }); // what an interrupted or kept run left
  const pool = await DevPool.up({ name: poolName, hosts: 3, rate: "1gbit", onProgress: say, signal });
  let isDone = false;
  try {
    const environment = { ...(await pool.environment("operator")), IMAGE: setup.imagePath };
    const project = (name: string, program: string, stack: string): Promise<CdktfProject> =>
      CdktfProject.create({
        directory: join(workDirectory, name),
        program: join(repositoryDirectory, program),
        stack,
        setup,
        environment,
        signal,
      });
    const first = await project("first", "examples/web-cluster/main.ts", "web-cluster");
    const second = await project("second", "tools/demo/second-cluster.ts", "second-cluster");

    title("cdktf diff: where each member goes, and the bytes that must move");
    await first.diff();
    title("cdktf apply");
    await first.apply();
    title("Waiting for the login prompts");
    const firstMembers = await loginsOf(pool, "site", signal);
    process.stdout.write(`\n${memberTable(firstMembers)}\n`);

    title("A second plan, which must be empty");
    const changes = await first.plan();
    say(changes === "" ? "No changes." : changes);

    title("A second cluster, where the image already lies");
    await second.apply();
    const secondMembers = await loginsOf(pool, "second", signal);
    const members = [...firstMembers, ...secondMembers];
    process.stdout.write(`\n${memberTable(members)}\n`);

    const problems = shortcomings(firstMembers, secondMembers);
    if (changes !== "") problems.push("the second plan is not empty");
    let leftovers: string[] | undefined; // not looked for in a pool that stays up
    if (!options.keep) {
      title("cdktf destroy");
      await second.destroy();
      await first.destroy();
      leftovers = await leftoversInPool(pool);
      title("Taking the pool down");
      await pool.down();
      leftovers.push(...(await DevPool.leftovers({ name: poolName })), ...(await leftoverProcesses()));
      for (const line of leftovers) say(`left: ${line}`);
      if (leftovers.length > 0) problems.push(`${leftovers.length} things are left`);
    }

    await writeReport({ members, secondPlanEmpty: changes === "", leftovers: leftovers?.length ?? null });
    if (problems.length > 0) throw new Error(`The demo did not show what it must: ${problems.join("; ")}.`);
    say(`every login prompt came${options.keep ? "" : ", and nothing is left"}`);
    if (options.keep) explainKept(pool, first);
    isDone = true;
  } finally {
    if (!isDone || !options.keep) {
      if (!isDone) say("taking the pool down");
      await pool.down();
      await rm(workDirectory, { recursive: true, force: true });
    }
  }
}

/** Waits for every member of a cluster, in parallel, and reports each. */
async function loginsOf(pool: DevPool, clusterName: string, signal: AbortSignal): Promise<MemberReport[]> {
  const client = await pool.client("viewer");
  const cluster = await client.getCluster(clusterName);
  return Promise.all(
    cluster.placements.map(async (placement) => {
      const spec = cluster.spec.members.find((member) => member.name === placement.member);
      if (spec === undefined)
        throw new Error(`${clusterName} has a placement of an unknown member ${placement.member}`);
      const version = await client.getVersion(spec.version);
      const login = await waitForLogin(client, placement.domain, { timeoutMs: loginTimeoutMs, signal });
      say(`${placement.domain} on ${login.node}: login prompt after ${login.secondsToLogin.toFixed(1)} s`);
      return {
        name: placement.domain,
        node: login.node,
        missingBytesPlanned: placement.missingBytes,
        bytesFetchedAtLogin: login.bytesFetched,
        secondsToLogin: login.secondsToLogin,
        imageBytes: version.dataBytes,
      };
    }),
  );
}

async function writeReport(report: DemoReport): Promise<void> {
  await mkdir(outDirectory, { recursive: true });
  const path = join(outDirectory, "demo.json");
  await writeFile(path, `${JSON.stringify(report)}\n`);
  say(`wrote ${path}`);
}

function explainKept(pool: DevPool, project: CdktfProject): void {
  const { TF_CLI_CONFIG_FILE, TERRAFORM_BINARY_NAME, IMAGE } = project.environment;
  process.stdout.write(`
The pool stays up. In a shell at ${repositoryDirectory}:

  eval "$(npm run --silent dvce -- dev pool up --name ${poolName})"   # sets DVCE_URL, DVCE_TOKEN, DVCE_LIBVIRT_URI
  export IMAGE=${IMAGE ?? ""}
  export TF_CLI_CONFIG_FILE=${TF_CLI_CONFIG_FILE ?? ""} TERRAFORM_BINARY_NAME=${TERRAFORM_BINARY_NAME ?? ""}

  npm run dvce -- vm ls                        # the members and their nodes
  npm run dvce -- vm console site-web-0        # a serial console
  virsh -c ${pool.libvirtUri} list --all
  cd ${project.directory} && ${join(repositoryDirectory, "node_modules/.bin/cdktf")} diff

  npm run dvce -- dev pool down --name ${poolName}     # everything gone
`);
}

const say = (line: string): void => void process.stderr.write(`  ${line}\n`);
const title = (line: string): void => void process.stderr.write(`\n== ${line}\n`);

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(usage);
    return;
  }
  const abort = new AbortController();
  const interrupt = (): void => {
    say("interrupted; cleaning up");
    abort.abort(new Error("Interrupted."));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  await demo(options, abort.signal);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const text =
      error instanceof DvceError
        ? `${error.code}: ${error.message}`
        : error instanceof Error
          ? error.message
          : String(error);
    process.stderr.write(`\n${text}\n`);
    process.exit(1);
  },
);
