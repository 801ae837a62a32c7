// A system of somebody else. It takes its time over every order, and breaks over one kind of item.
import { setTimeout as pause } from "node:timers/promises";
import { answer, type HttpAnswer, type HttpEvent } from "./events.ts";

const WORK_MS = 50;

export async function handler({ body = "{}" }: HttpEvent): Promise<HttpAnswer> {
  const { id, item } = JSON.parse(body) as { id: string; item: string };
  await pause(WORK_MS);
  if (item === "antimatter") return answer(500, { message: "We do not store this." });
  return answer(200, { receipt: `R-${id.slice(0, 8)}` });
}
