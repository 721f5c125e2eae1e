/**
 * The NBD thread: the server, its sockets, lookups and reads of base files, so that guests wait neither for the
 * agent's main thread nor for each other's decoding. It writes nothing; what is missing it asks of the main thread.
 */
import { parentPort, workerData } from "node:worker_threads";
import { startNbdServer } from "../nbd/server";
import type { FromThread, Question, Questions, ThreadStart, ToThread } from "./thread-messages";
import { ThreadExports } from "./thread-exports";

const port = parentPort;
if (port === null) throw new Error("this is the code of a worker thread");
const tell = (message: FromThread) => port.postMessage(message);

const questions = new Map<number, { resolve(data: unknown): void; reject(error: Error): void }>();
let nextId = 0;

function ask<Q extends Question>(question: Q, data: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
  return new Promise((resolve, reject) => {
    const id = nextId++;
    questions.set(id, { resolve: (answer) => resolve(answer as Questions[Q]["answer"]), reject });
    tell({ kind: "ask", id, question, data });
  });
}

async function main(): Promise<void> {
  const exports = new ThreadExports({ ask, tell });
  const { socketPath } = workerData as ThreadStart;
  const server = await startNbdServer({
    socketPath,
    exports,
    onReadFailed: (error) => {
      const hasMessage = typeof error === "object" && error !== null && "message" in error;
      tell({ kind: "readFailed", message: hasMessage ? String(error.message) : String(error) });
    },
  });
  port?.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "answer":
        questions.get(message.id)?.resolve(message.data);
        questions.delete(message.id);
        return;
      case "failed":
        questions.get(message.id)?.reject(new Error(message.message));
        questions.delete(message.id);
        return;
      case "release":
        void exports
          .release(message.version)
          .then(() => tell({ kind: "released", version: message.version }));
        return;
      case "close":
        void server.close().then(() => tell({ kind: "closed" }));
    }
  });
  tell({ kind: "listening" });
}

void main(); // a rejection ends the thread, which its owner notices
