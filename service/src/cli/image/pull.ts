/** `dvce image pull NAME URL` and `dvce image pulls`. */
import {
  DvceError,
  errorCatalogue,
  isDvceError,
  pullRequestSchema,
  type ControllerClient,
  type ErrorCode,
  type Pull,
} from "@dvce/api";
import { setTimeout as sleep } from "node:timers/promises";
import { inputInvalid } from "../../plugins/errors";
import { openClient, type ClientFlags } from "../client";
import { formatBytes, formatTable, print, progressBar, ProgressLine, shortDigest } from "../output";
import { describePushed } from "./push";

export interface PullFlags extends ClientFlags {
  readonly checksum: string;
  /** False for `--no-wait`. */
  readonly wait: boolean;
}

const pollMs = 500;

export async function pull(name: string, url: string, flags: PullFlags): Promise<void> {
  const request = pullRequestSchema.safeParse({ image: name, url, checksum: flags.checksum });
  if (!request.success) throw inputInvalid("pull", request.error.issues);
  const client = await openClient(flags);
  const started = await client.startPull(request.data);
  if (!flags.wait) {
    print(started, () => `${started.id} runs; 'dvce image pulls' shows how far it is`, flags.json);
    return;
  }
  const ended = await follow(client, started);
  if (ended.phase === "failed") {
    const { code = "DVCE_INTERNAL", message = "the pull failed" } = ended.error ?? {};
    throw new DvceError(code in errorCatalogue ? (code as ErrorCode) : "DVCE_INTERNAL", message);
  }
  const version = await client.getVersion(ended.version ?? "");
  print(version, () => describePushed(name, version), flags.json);
}

/** Shows how far it is until it is over. A controller that is away for a moment is waited for. */
async function follow(client: ControllerClient, started: Pull): Promise<Pull> {
  const line = new ProgressLine();
  try {
    for (let now = started; ;) {
      if (now.phase === "done" || now.phase === "failed") return now;
      line.show(describeProgress(now));
      await sleep(pollMs);
      now = await client.getPull(now.id).catch((error: unknown) => {
        if (isDvceError(error) && error.retryable) return now;
        throw error;
      });
    }
  } finally {
    line.end();
  }
}

function describeProgress({ phase, node, doneBytes, totalBytes, error }: Pull): string {
  if (error !== null) return `${phase}: waiting (${error.message})`;
  const where = node === null ? "" : ` on ${node}`;
  const done = totalBytes === null ? formatBytes(doneBytes) : progressBar(doneBytes, totalBytes);
  return `${phase}${where} ${done}`;
}

export async function listPulls(flags: ClientFlags): Promise<void> {
  const pulls = await (await openClient(flags)).listPulls();
  const rows = pulls.map(({ id, image, phase, node, doneBytes, totalBytes, version, error, url }) => [
    shortDigest(id),
    image,
    phase,
    node ?? "",
    totalBytes === null || totalBytes === 0 ? "" : `${Math.floor((100 * doneBytes) / totalBytes)} %`,
    version === null ? "" : shortDigest(version),
    error?.message ?? url,
  ]);
  const headings = ["PULL", "IMAGE", "PHASE", "NODE", "DONE", "VERSION", "FROM, OR WHY NOT"];
  print({ pulls }, () => formatTable(headings, rows), flags.json);
}
