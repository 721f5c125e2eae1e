/** `dvce image …`: what there is, and where each command's work stands. */
import type { Command } from "commander";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { exportImage } from "./image/export";
import { importImage } from "./image/import";
import { findVersion, parseImageName } from "./image/names";
import { listPulls, pull } from "./image/pull";
import { push } from "./image/push";
import { allVersionsTable, imageTable, versionTable } from "./image/tables";
import { verify } from "./image/verify";
import { print } from "./output";

const versionHelp = "VERSION is a version's digest or the start of it; without one the newest is meant";

export function register(program: Command): void {
  const image = program.command("image").description("disk images in the pool");
  bringing(image);
  withClientFlags(image.command("ls"))
    .description("every image with its newest version")
    .option("--versions", "every version of every image")
    .action(async (flags: ClientFlags & { versions?: boolean }) => {
      const images = await (await openClient(flags)).listImages();
      const table = flags.versions === true ? allVersionsTable : imageTable;
      print({ images }, () => table(images), flags.json);
    });
  withClientFlags(image.command("inspect <name>"))
    .description("every version of an image and where its bytes lie")
    .action(async (name: string, flags: ClientFlags) => {
      const found = await (await openClient(flags)).getImage(name);
      print(found, () => versionTable(found), flags.json);
    });
  withClientFlags(image.command("verify <name[@version]>"))
    .description("have every node re-read what it has of an image, and say what is bad")
    .addHelpText("after", `\n${versionHelp}.`)
    .action(verify);
  withClientFlags(image.command("export <name[@version]> <file>"))
    .description("write an image to a sparse raw file, or its index to a .caibx for casync and desync")
    .option("--format <raw|caibx>", "default: caibx for a file of that ending, else raw")
    .addHelpText("after", `\n${versionHelp}. The file appears when it is whole and every chunk was verified.`)
    .action(exportImage);
  withClientFlags(image.command("tag <name[@version]> <new-name>"))
    .description("give a version another name too; no bytes move")
    .addHelpText("after", `\n${versionHelp}.`)
    .action(async (text: string, newName: string, flags: ClientFlags) => {
      const client = await openClient(flags);
      const { version } = await findVersion(client, text);
      const tagged = await client.tagVersion(version, newName);
      print(tagged, () => `${newName} is version ${version}`, flags.json);
    });
  withClientFlags(image.command("rm <name[@version]>"))
    .description("forget an image, or one version of it, that no cluster uses")
    .addHelpText("after", "\nWithout @VERSION all versions go. Nodes give the space back some time after.")
    .action(async (text: string, flags: ClientFlags) => {
      const client = await openClient(flags);
      if (parseImageName(text).version === undefined) {
        await client.deleteImage(text);
        print({ deleted: text }, () => `image ${text} is gone`, flags.json);
        return;
      }
      const { image: name, version } = await findVersion(client, text);
      await client.deleteImageVersion(name, version);
      print({ deleted: name, version }, () => `version ${version} of image ${name} is gone`, flags.json);
    });
}

/** Commands that bring images into the pool. */
function bringing(image: Command): void {
  withClientFlags(image.command("push <name> <path|url|->"))
    .description(
      "bring a raw or qcow2 image into the pool; only what is missing is sent, and a broken push resumes",
    )
    .option("--checksum <sha256:hex>", "what the file must have; required for URLs")
    .addHelpText("after", "\n'-' reads the image from standard input and keeps it on disk until it is sent.")
    .action(push);
  withClientFlags(image.command("pull <name> <url>"))
    .description("have a node fetch an image from the web; other nodes fetch their replicas from it")
    .requiredOption("--checksum <sha256:hex>", "what the file must have")
    .option("--no-wait", "do not wait until it is over")
    .addHelpText("after", "\nThe same command again joins a pull under way, or goes on with one that failed.")
    .action(pull);
  withClientFlags(image.command("pulls"))
    .description("pulls under way, and of the last days")
    .action(listPulls);
  withClientFlags(image.command("import <name> <file.caibx>"))
    .description("bring in an image that casync or desync has cut, with its chunks as they are")
    .requiredOption("--store <directory>", "the chunk store (.castr) that the index was made with")
    .addHelpText(
      "after",
      "\nIts digests must be SHA-256: 'casync make --digest=sha256', 'desync make --digest sha256'.",
    )
    .action(importImage);
}
