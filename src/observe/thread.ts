// The telemetry thread: bundled on its own, started by thread-keeper.ts. Answers one question at a time,
// in the order they came, so that a query sees everything that was recorded before it.
import { parentPort, workerData } from "node:worker_threads";
import { createClock } from "../kernel/clock.ts";
import { DatabaseKeeper } from "./database-keeper.ts";
import { firstLine } from "./duckdb.ts";
import type { Answer, Question, ThreadOptions } from "./thread-messages.ts";

/** Enough for retention over a full file; the engine holds about 50 MB of its own beside it. */
const MEMORY_BYTES = 128_000_000;

const options: ThreadOptions = workerData;
const clock = createClock();
const reply = (answer: Answer) => parentPort?.postMessage(answer);
const keeper = DatabaseKeeper.open({
  ...options,
  memoryBytes: MEMORY_BYTES,
  warn: (warning) => reply({ warning }),
  suffix: () => new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, ""),
});
let earlier: Promise<void> = keeper.then(
  () => {},
  () => {},
);

parentPort?.on("message", (question: Question) => {
  earlier = earlier.then(() => respond(question));
});

async function respond(question: Question): Promise<void> {
  try {
    reply({ id: question.id, result: await answer(question) });
  } catch (error) {
    reply({ id: question.id, error: firstLine(error) });
  }
}

async function answer(question: Question): Promise<unknown> {
  const open = await keeper;
  switch (question.method) {
    case "append":
      return open.append(JSON.parse(question.batch));
    case "traces":
      return open.traces(question.query);
    case "trace":
      return open.trace(question.traceId);
    case "logs":
      return open.logs(question.query);
    case "streams":
      return open.streams(question.query);
    case "events":
      return open.events(question.query);
    case "spans":
      return open.spans(question.query);
    case "issues":
      return open.issues(question.query);
    case "issue":
      return open.issue(question.issue);
    case "analyse":
      return open.analyse(question.analysis);
    case "evictions":
      return open.evictions();
    case "clear":
      return open.clear();
    case "close":
      return open.close();
  }
}
