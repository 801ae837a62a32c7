// Functions that do what they should.
import { setTimeout as pause } from "node:timers/promises";

/** @param {unknown} event */
export async function answers(event) {
  console.log("answered", JSON.stringify(event));
  return "fine";
}

/** @param {{ ms: number }} event */
export async function waits({ ms }) {
  await pause(ms);
  return "fine";
}

export async function page() {
  return { statusCode: 200, headers: { "content-type": "text/plain" }, body: "fine" };
}
