import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import { CloudWatchLogsClient, StartLiveTailCommand } from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();
const arnOf = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;

async function start(more: object, client = it.nuage.client(CloudWatchLogsClient)) {
  const { responseStream } = await client.send(
    new StartLiveTailCommand({ logGroupIdentifiers: [], ...more }),
  );
  const events = (responseStream ?? [])[Symbol.asyncIterator as keyof object] as () => AsyncIterator<object>;
  const iterator = events.call(responseStream);
  const next = async (): Promise<Record<string, never>> => (await iterator.next()).value;
  /** The messages of the next update that holds any. */
  const messages = async () => {
    for (;;) {
      const waiting = next();
      await it.nuage.advance("1 second");
      const { sessionUpdate } = (await waiting) as {
        sessionUpdate?: { sessionResults: { message: string }[] };
      };
      if (sessionUpdate?.sessionResults.length)
        return sessionUpdate.sessionResults.map(({ message }) => message);
    }
  };
  return { next, messages, stop: () => client.destroy() };
}

test("shows events as they come, put ones and functions' alike, that match", async () => {
  await it.create("/app/live");
  await it.deploy("lively", `async ({ say }) => console.log(say)`);
  await it.invoke("lively", { say: "WARN before" });
  const logGroupIdentifiers = [arnOf("/app/live"), arnOf("/aws/lambda/lively")];
  const session = await start({ logGroupIdentifiers, logEventFilterPattern: "WARN" });
  expect(await session.next()).toEqual({
    sessionStart: {
      requestId: expect.any(String),
      sessionId: expect.any(String),
      logGroupIdentifiers,
      logStreamNames: [],
      logStreamNamePrefixes: [],
      logEventFilterPattern: "WARN",
    },
  });
  await it.put("/app/live", "s", "WARN one", "INFO two");
  expect(await session.messages()).toEqual(["WARN one"]);
  await it.invoke("lively", { say: "WARN three" });
  expect(await session.messages()).toEqual([expect.stringMatching(/WARN three\n$/)]);
  session.stop();
});

test("keeps to streams, samples what is too much, and ends after three hours", async () => {
  await it.create("/app/streams");
  await it.stream("/app/streams", "web-1", "db-1");
  const logGroupIdentifiers = [arnOf("/app/streams")];
  const session = await start({ logGroupIdentifiers, logStreamNamePrefixes: ["web"] });
  await session.next();
  await it.put("/app/streams", "db-1", "no");
  await it.put("/app/streams", "web-1", ...Array.from({ length: 1500 }, (_, at) => `${at}`));
  const messages = await session.messages();
  expect(messages).toHaveLength(500);
  expect(messages.slice(0, 2)).toEqual(["0", "3"]);
  const rest = (async () => {
    for (;;) await session.next();
  })();
  rest.catch(() => {});
  await it.nuage.advance("3 hours");
  await expect(rest).rejects.toMatchObject({ name: "SessionTimeoutException" });
  session.stop();
});

/** As a resolver that knows every name answers: Node's asks for all addresses, or for one. */
const toLoopback: LookupFunction = (_name, { all }, answer) =>
  all ? answer(null, [{ address: "127.0.0.1", family: 4 }]) : answer(null, "127.0.0.1", 4);

test.each(["127.0.0.1", "localhost", "nuage.localhost", "logs.us-east-1.localhost"])(
  "answers clients that write a prefix before %s",
  async (host) => {
    const { port, region } = it.nuage;
    const client = new CloudWatchLogsClient({
      endpoint: `http://${host}:${port}`,
      region,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      requestHandler: { httpAgent: new Agent({ lookup: toLoopback }) },
    });
    const asked: string[] = [];
    client.middlewareStack.add(
      (next) => (args) => {
        asked.push((args.request as { hostname: string }).hostname);
        return next(args);
      },
      { step: "finalizeRequest" },
    );
    const group = `/prefixed/${host}`;
    await it.create(group);
    const session = await start({ logGroupIdentifiers: [arnOf(group)] }, client);
    expect(await session.next()).toHaveProperty("sessionStart");
    await it.put(group, "s", "heard");
    expect(await session.messages()).toEqual(["heard"]);
    expect(asked).toEqual([`stream-${host}`]);
    session.stop();
  },
);

test.each<[object, string]>([
  [{ logGroupIdentifiers: ["/app/live"] }, "InvalidParameterException"],
  [{ logGroupIdentifiers: [`${arnOf("/app/live")}:*`] }, "InvalidParameterException"],
  [{ logGroupIdentifiers: [arnOf("/app/none")] }, "ResourceNotFoundException"],
  [{ logGroupIdentifiers: [arnOf("/app/live")], logEventFilterPattern: "{" }, "InvalidParameterException"],
  [
    { logGroupIdentifiers: [arnOf("/app/live"), arnOf("/app/streams")], logStreamNames: ["s"] },
    "InvalidParameterException",
  ],
])("%j is refused", async (more, name) => {
  await expect(start(more)).rejects.toMatchObject({ name });
});
