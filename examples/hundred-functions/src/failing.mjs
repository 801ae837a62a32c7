// Functions that fail, each in its own way, and always in the same.
import { setTimeout as pause } from "node:timers/promises";
import { priceOf } from "./prices.mjs";

/** @param {{ lines?: string[] }} order */
export async function prices(order) {
  return priceOf(order);
}

/** The same words from two places. @param {{ where: "here" | "there" }} event */
export async function either({ where }) {
  return where === "here" ? here() : there();
}

function here() {
  throw new Error("no stock");
}

function there() {
  throw new Error("no stock");
}

/** @param {{ bad?: boolean }} event */
export async function sometimes({ bad }) {
  if (bad) throw new RangeError("out of range");
  return "fine";
}

export async function hangs() {
  await pause(60_000);
}

export async function fills() {
  const kept = [];
  for (;;) kept.push(Buffer.alloc(4 * 1024 * 1024, 1));
}

export async function exits() {
  process.exit(3);
}

export async function answersTooMuch() {
  return "x".repeat(7_000_000);
}

export async function answersNoJson() {
  return { count: 7n };
}

/** What an SDK throws where a role lacks a permission. */
export async function isDenied() {
  const message = "User: hundred is not authorized to perform: dynamodb:GetItem";
  throw Object.assign(new Error(message), { name: "AccessDeniedException" });
}

/** What an SDK throws when it has tried often enough. */
export async function isThrottled() {
  throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
}

/** Goes on, and tells of it only in its log. */
export async function logsError() {
  console.error(new RangeError("page is missing"));
  return "fine";
}

let tries = 0;

/** Goes well in the end. @param {{ fails: number }} event */
export async function untilItWorks({ fails }) {
  if (++tries <= fails) throw new Error("not yet");
  return "fine";
}

export async function never() {
  throw new Error("never");
}

/** @type {Set<string>} */
const seen = new Set();

/**
 * Of a batch of messages those that are bad fail always, and those that are shy once.
 *
 * @param {{ Records: { messageId: string, body: string }[] }} event
 */
export async function someOfABatch({ Records }) {
  const failed = Records.filter(
    ({ messageId, body }) => body === "bad" || (body === "shy" && !seen.has(messageId)),
  );
  for (const { messageId } of failed) seen.add(messageId);
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}

/** @param {{ Records: { kinesis: { data: string } }[] }} event */
export async function chokesOnRecord({ Records }) {
  for (const { kinesis } of Records)
    if (Buffer.from(kinesis.data, "base64").toString() === "poison") throw new Error("poison");
}

/** @param {{ Records: { dynamodb: { Keys: { id: { S: string } } } }[] }} event */
export async function chokesOnItem({ Records }) {
  for (const { dynamodb } of Records) if (dynamodb.Keys.id.S === "poison") throw new Error("poison");
}
