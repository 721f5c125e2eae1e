/** Entry of the `dvce` command. */
import { register as agent } from "./cli/agent";
import { register as controller } from "./cli/controller";
import { register as cluster } from "./cli/cluster";
import { register as dev } from "./cli/dev";
import { register as image } from "./cli/image";
import { register as node } from "./cli/node";
import { runProgram } from "./cli/program";
import { register as store } from "./cli/store";
import { register as token } from "./cli/token";
import { register as vm } from "./cli/vm";
import { register as volume } from "./cli/volume";

const nouns = [image, cluster, node, volume, vm, token, controller, agent, store, dev];

void runProgram(process.argv, nouns).then((exitCode) => {
  process.exitCode = exitCode;
});
