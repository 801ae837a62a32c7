import {
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const it = useLogs();

const putRaw = (logGroupName: string, logEvents: { timestamp: number; message: string }[], more = {}) =>
  it.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: "s", logEvents, ...more }));

describe("PutLogEvents", () => {
  test("takes batches in any order, whatever the sequence token", async () => {
    await it.create("put");
    const now = it.nowMs();
    const answer = await putRaw("put", [{ timestamp: now, message: "second" }]);
    expect(answer.nextSequenceToken).toMatch(/^\d{56}$/);
    expect(answer.rejectedLogEventsInfo).toBeUndefined();
    await putRaw("put", [{ timestamp: now - DAY, message: "first" }], { sequenceToken: "wrong" });
    await putRaw("put", [{ timestamp: now, message: "third" }]);
    expect(await it.get("put", "s")).toEqual(["first", "second", "third"]);
    expect(await it.filter("put")).toEqual(["first", "second", "third"]);
  });

  test("refuses what AWS refuses, whole", async () => {
    await it.create("refused");
    const now = it.nowMs();
    const event = (timestamp: number, message = "x") => ({ timestamp, message });
    const cases: [{ timestamp: number; message: string }[], string][] = [
      [
        [event(now), event(now - 1)],
        "Log events in a single PutLogEvents request must be in chronological order.",
      ],
      [[event(now - DAY - 1), event(now)], "cannot span more than 24 hours"],
      [[event(now, "x".repeat(1_048_577))], "Log event too large: 1048603 bytes exceeds limit of 1048576"],
      [
        Array.from({ length: 1000 }, () => event(now, "x".repeat(1023))),
        "Upload too large: 1049000 bytes exceeds limit of 1048576",
      ],
      [Array.from({ length: 10_001 }, () => event(now)), "less than or equal to 10000"],
      [[], "greater than or equal to 1"],
      [[event(now, "")], "'logEvents.1.member.message'"],
    ];
    for (const [events, message] of cases) {
      const refused = putRaw("refused", events);
      await expect(refused).rejects.toMatchObject({ name: "InvalidParameterException" });
      await expect(refused).rejects.toThrow(message);
    }
    expect(await it.get("refused", "s")).toEqual([]);
    const elsewhere = new PutLogEventsCommand({
      logGroupName: "refused",
      logStreamName: "none",
      logEvents: [event(now)],
    });
    await expect(it.logs.send(elsewhere)).rejects.toThrow("The specified log stream does not exist.");
  });

  test("tells of events that are too old, too new or expired, and takes the others", async () => {
    await it.create("times");
    const now = it.nowMs();
    const late = await putRaw("times", [
      { timestamp: now - 14 * DAY - 1_000, message: "too old" },
      { timestamp: now - 14 * DAY + 60_000, message: "old" },
    ]);
    expect(late.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    const early = await putRaw("times", [
      { timestamp: now, message: "now" },
      { timestamp: now + HOUR, message: "soon" },
      { timestamp: now + 3 * HOUR, message: "too new" },
    ]);
    expect(early.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 2 });
    expect(await it.get("times", "s")).toEqual(["old", "now", "soon"]);
    await it.logs.send(new PutRetentionPolicyCommand({ logGroupName: "times", retentionInDays: 1 }));
    const expired = await putRaw("times", [
      { timestamp: now - DAY - 1_000, message: "expired" },
      { timestamp: now - DAY + 60_000, message: "kept" },
    ]);
    expect(expired.rejectedLogEventsInfo).toEqual({ expiredLogEventEndIndex: 1 });
    expect(await it.get("times", "s")).toEqual(["kept", "now", "soon"]);
  });
});

describe("GetLogEvents", () => {
  test("pages forward and backward with tokens that stand still at the ends", async () => {
    await it.create("pages");
    const now = it.nowMs();
    // Several batches overlap in time, and many events share a moment.
    for (const shift of [0, 1, 2]) {
      const batch = Array.from({ length: 9 }, (_, at): [number, string] => [
        now - 60_000 + Math.floor(at / 3) * 7_000,
        `${Math.floor(at / 3)}${shift}${at % 3}`,
      ]);
      await it.put("pages", "s", ...batch);
    }
    const all = await it.get("pages", "s");
    expect(all).toEqual([...all].sort());
    expect(all).toHaveLength(27);
    const get = (more: object) =>
      it.logs.send(new GetLogEventsCommand({ logGroupName: "pages", logStreamName: "s", limit: 4, ...more }));
    const texts = (page: { events?: { message?: string | undefined }[] | undefined }) =>
      (page.events ?? []).map(({ message = "" }) => message);
    const forward: string[] = [];
    let page = await get({ startFromHead: true });
    for (let token: string | undefined; token !== page.nextForwardToken; ) {
      forward.push(...texts(page));
      token = page.nextForwardToken;
      page = await get({ startFromHead: true, nextToken: token });
    }
    expect(forward).toEqual(all);
    // From the end the other token leads back over the last page.
    expect(texts(await get({ nextToken: page.nextBackwardToken }))).toEqual(all.slice(-4));
    await it.put("pages", "s", "later");
    expect(texts(await get({ nextToken: page.nextForwardToken, startFromHead: true }))).toEqual(["later"]);
    const backward: string[] = [];
    page = await get({});
    expect(texts(page)).toEqual([...all, "later"].slice(-4));
    for (let token: string | undefined; token !== page.nextBackwardToken; ) {
      backward.unshift(...texts(page));
      token = page.nextBackwardToken;
      page = await get({ nextToken: token });
    }
    expect(backward).toEqual([...all, "later"]);
    expect(texts(await get({ nextToken: page.nextForwardToken }))).toEqual(all.slice(0, 4));
    await expect(get({ nextToken: "f/12/s" })).rejects.toThrow("The specified nextToken is invalid.");
  });

  test("keeps to a range of time, its end excluded, and to a size", async () => {
    await it.create("range");
    const now = it.nowMs();
    await it.put("range", "s", [now - 3, "a"], [now - 2, "b"], [now - 1, "c"], [now, "d"]);
    expect(await it.get("range", "s", { startTime: now - 2, endTime: now })).toEqual(["b", "c"]);
    expect(await it.get("range", "s", { startTime: now + 1 })).toEqual([]);
    await it.create("large");
    for (let at = 0; at < 3; at++) await it.put("large", "s", [now + at, `${at}${"x".repeat(500_000)}`]);
    expect(await it.get("large", "s")).toHaveLength(2);
    expect(await it.get("large", "s", { startFromHead: false })).toHaveLength(2);
    expect(await it.filter("large")).toHaveLength(3);
  });

  test("finds in an empty stream what comes later", async () => {
    await it.create("empty");
    for (const startFromHead of [true, false]) {
      const logStreamName = `from-head-${startFromHead}`;
      await it.stream("empty", logStreamName);
      const get = (more: object) =>
        it.logs.send(new GetLogEventsCommand({ logGroupName: "empty", logStreamName, ...more }));
      const page = await get({ startFromHead });
      expect(page.events).toEqual([]);
      const still = await get({ startFromHead, nextToken: page.nextForwardToken });
      expect(still.nextForwardToken).toBe(page.nextForwardToken);
      await it.put("empty", logStreamName, "news");
      const news = await get({ startFromHead, nextToken: page.nextForwardToken });
      expect(news.events).toHaveLength(1);
    }
  });
});

describe("FilterLogEvents", () => {
  test("merges the streams of a group in the order of time, page by page", async () => {
    await it.create("merge");
    const names = Array.from({ length: 20 }, (_, at) => `stream-${String(at).padStart(2, "0")}`);
    await it.stream("merge", ...names);
    const now = it.nowMs();
    for (const [at, name] of names.entries()) {
      const batch = Array.from({ length: 10 }, (_, index): [number, string] => [
        now - 100_000 + index * 5_000 + at,
        `${index}-${name}`,
      ]);
      await it.put("merge", name, ...batch);
    }
    const all = await it.filter("merge", { limit: 7 });
    expect(all).toHaveLength(200);
    expect(all).toEqual([...all].sort());
    expect(await it.filter("merge", { logStreamNamePrefix: "stream-1" })).toEqual(
      all.filter((text) => text.includes("stream-1")),
    );
    const two = await it.filter("merge", { logStreamNames: ["stream-03", "stream-11"], limit: 3 });
    expect(two).toEqual(all.filter((text) => /stream-(03|11)/.test(text)));
    expect(await it.filter("merge", { startTime: now - 95_000, endTime: now - 95_000 + 3 })).toEqual(
      all.slice(20, 24),
    );
    const page = await it.logs.send(new FilterLogEventsCommand({ logGroupName: "merge", limit: 2 }));
    expect(page.searchedLogStreams).toEqual([]);
    const ids = page.events?.map(({ eventId = "" }) => eventId) ?? [];
    expect(ids).toEqual([...ids].sort());
    expect(ids[0]).toMatch(/^\d{56}$/);
    await expect(
      it.filter("merge", { logStreamNames: ["a"], logStreamNamePrefix: "b" }),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(it.filter("merge", { logStreamNames: ["a"] })).rejects.toThrow(
      "The specified log stream does not exist.",
    );
    await expect(it.filter("none")).rejects.toThrow("The specified log group does not exist.");
    await expect(
      it.logs.send(new FilterLogEventsCommand({ logGroupName: "merge", nextToken: "x" })),
    ).rejects.toThrow("nextToken is invalid");
  });

  test("events go when their retention has passed", async () => {
    await it.create("kept");
    await it.put("kept", "s", "first");
    await it.logs.send(new PutRetentionPolicyCommand({ logGroupName: "kept", retentionInDays: 3 }));
    await it.nuage.advance("2 days");
    await it.put("kept", "s", "second");
    expect(await it.filter("kept")).toEqual(["first", "second"]);
    await it.nuage.advance("25 hours");
    expect(await it.filter("kept")).toEqual(["second"]);
    await it.nuage.advance("2 days");
    expect(await it.filter("kept")).toEqual([]);
  });
});
