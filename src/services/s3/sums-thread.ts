// The thread in which large bodies are summed: MD5 alone takes as long as all else that is done with them.
// Bundled on its own, started by sums-keeper.ts.
import { parentPort } from "node:worker_threads";
import { type Reply, type Summer, sumHere, type Task } from "./sums.ts";

const summers = new Map<number, Summer>();
const reply = (answer: Reply, transfer: readonly ArrayBuffer[] = []) =>
  parentPort?.postMessage(answer, transfer);

let earlier: Promise<void> = Promise.resolve();
parentPort?.on("message", (task: Task) => {
  earlier = earlier.then(() => work(task));
});

async function work(task: Task): Promise<void> {
  const { id } = task;
  if ("begin" in task) {
    summers.set(id, await sumHere(task.begin));
    return;
  }
  const summer = summers.get(id);
  if ("bytes" in task) {
    await summer?.update(task.bytes.subarray(0, task.length));
    reply({ id, free: task.bytes }, [task.bytes.buffer]);
    return;
  }
  summers.delete(id);
  if (task.end === "sums" && summer) reply({ id, sums: await summer.end() });
}
