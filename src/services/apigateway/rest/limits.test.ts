// What REST APIs take, and how much of it, as clients come to know it.
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClock } from "../../../kernel/clock.ts";
import { MOCK, type Rest, startRest } from "./rest.fixture.ts";

let on: Rest;
/** The time stands still: what an account may do at once is not filled up again while it is asked for. */
const stopped = { ...createClock(), now: () => Date.parse("2026-11-23T00:00:00Z") };
beforeAll(async () => {
  on = await startRest({ parts: { clock: stopped } });
});
afterAll(() => on?.nuage.stop());

const MOCKED = { path: "/", verb: "ANY", integration: MOCK, answers: [{ statusCode: "200" }] };

test("bodies of more than 10 MB and headers of more than 10 KB are refused", async () => {
  const id = await on.api([MOCKED]);
  const most = 10 * 1024 * 1024;
  const send = (sizeBytes: number) => on.ask(id, "/prod", { method: "POST", body: Buffer.alloc(sizeBytes) });
  const large = await send(most + 1);
  expect([large.status, large.json]).toEqual([413, { message: "Request Too Long" }]);
  expect(large.headers["x-amzn-errortype"]).toBe("RequestTooLargeException");
  const tell = async (length: number) =>
    (await on.ask(id, "/prod", { headers: { x: "y".repeat(length) } })).status;
  expect([await tell(9_900), await tell(10_300)]).toEqual([200, 431]);
});

test("an account has 5,000 requests at once, whichever of its APIs they are for", async () => {
  const [one, other] = [await on.api([MOCKED]), await on.api([MOCKED])];
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { port } = new URL(on.nuage.endpoint);
  const ask = async (id: string) => {
    const call = request({ agent, port, host: "127.0.0.1", path: `/_aws/execute-api/${id}/prod` });
    call.end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
    return response.statusCode;
  };
  const statuses = new Map<number | undefined, number>();
  let left = 5_100;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left-- > 0) {
        const status = await ask(left % 2 ? one : other);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }),
  );
  agent.destroy();
  // Some have been asked before.
  const passed = statuses.get(200) ?? 0;
  expect([passed > 4_900, passed <= 5_000]).toEqual([true, true]);
  expect(passed + (statuses.get(429) ?? 0)).toBe(5_100);
});
