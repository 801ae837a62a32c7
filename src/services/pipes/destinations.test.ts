// API destinations as targets and enrichments of pipes.
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import type { TestEvents } from "../events/events.fixture.ts";
import { useOutside } from "../events/outside.fixture.ts";
import { usePipes } from "./pipes.fixture.ts";

const it = usePipes();
const outside = useOutside({
  get events() {
    return it.nuage.client(EventBridgeClient);
  },
} as TestEvents);

async function destination(path: string, more = {}): Promise<string> {
  const { ConnectionArn } = await outside.connection();
  const InvocationEndpoint = `${outside.origin}/${path}`;
  return (await outside.destination(ConnectionArn, { InvocationEndpoint, ...more })).ApiDestinationArn;
}

test("a destination is called once for each event, with what the event says", async () => {
  const source = await it.queue();
  const target = await destination("orders/*");
  await it.pipe(source.arn, target, {
    TargetParameters: {
      InputTemplate: '{"order":<$.body.id>}',
      HttpParameters: {
        PathParameterValues: ["$.body.id"],
        HeaderParameters: { "X-Kind": "$.body.kind", "X-Plain": "plain" },
        QueryStringParameters: { from: "$.eventSource" },
      },
    },
  });
  await it.send(source, '{"id":1,"kind":"a"}', '{"id":2,"kind":"b"}');
  await it.nuage.idle();
  const seen = outside.seen.map(({ method, url, body, headers }) => [method, url, body, headers["x-kind"]]);
  expect(seen.sort()).toEqual([
    ["POST", "/orders/1?from=aws%3Asqs", '{"order":1}', "a"],
    ["POST", "/orders/2?from=aws%3Asqs", '{"order":2}', "b"],
  ]);
  expect(outside.seen[0]?.headers).toMatchObject({
    "x-plain": "plain",
    authorization: expect.stringMatching(/^Basic /),
  });
  expect(await it.bodies(source)).toEqual([]);
});

test("an event that a destination does not take stays in the queue, and comes again", async () => {
  const source = await it.queue({ VisibilityTimeout: "60" });
  outside.answers = [{ status: 500 }, { status: 200 }];
  await it.pipe(source.arn, await destination("hook"), { TargetParameters: { InputTemplate: "<$.body>" } });
  await it.send(source, "hello");
  await it.nuage.idle();
  expect(outside.seen.map(({ body }) => body)).toEqual(["hello"]);
  await it.advance(61_000);
  await it.nuage.idle();
  expect(outside.seen.map(({ body }) => body)).toEqual(["hello", "hello"]);
  await it.advance(120_000);
  expect(outside.seen).toHaveLength(2);
});

test("what a destination answers as enrichment goes to the target", async () => {
  const [source, target] = [await it.queue(), await it.queue()];
  outside.answers = [{ status: 200, body: '[{"n":1},{"n":2}]' }];
  await it.pipe(source.arn, target.arn, {
    Enrichment: await destination("enrich"),
    EnrichmentParameters: { InputTemplate: '{"text":<$.body>}' },
  });
  await it.send(source, "hello");
  const bodies = await it.bodies(target);
  expect(bodies.map((body) => JSON.parse(body))).toEqual([{ n: 1 }, { n: 2 }]);
  expect(outside.seen.map(({ url, body }) => [url, body])).toEqual([["/enrich", '[{"text":"hello"}]']]);
});

test("a destination's rate is kept", async () => {
  const source = await it.queue();
  await it.pipe(source.arn, await destination("slow", { InvocationRateLimitPerSecond: 5 }));
  const startMs = it.nuage.clock.now();
  await it.send(source, "1", "2", "3");
  await it.nuage.idle();
  expect(outside.seen).toHaveLength(3);
  expect(it.nuage.clock.now() - startMs).toBeGreaterThanOrEqual(400);
});
