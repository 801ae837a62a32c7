// Every command of the language as AWS documents it, asked through the SDK.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
import { GetQueryResultsCommand, StartQueryCommand } from "@aws-sdk/client-cloudwatch-logs";
import { beforeAll, expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();

/** A second's beginning, an hour ago: the first event's time. */
let startMs = 0;

/** Rows of a query over a group, without what leads to events. */
async function rows(queryString: string, logGroupName: string): Promise<Record<string, string>[]> {
  const range = { startTime: Math.floor(startMs / 1000), endTime: Math.floor(it.nowMs() / 1000) };
  const groups = /^SOURCE/i.test(queryString) ? {} : { logGroupName };
  const { queryId } = await it.logs.send(new StartQueryCommand({ queryString, ...range, ...groups }));
  for (;;) {
    const { status, results = [] } = await it.logs.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Running") continue;
    expect(status).toBe("Complete");
    return results.map((row) => {
      const shown = row.filter(({ field }) => field !== "@ptr");
      return Object.fromEntries(shown.map(({ field = "", value = "" }) => [field, value]));
    });
  }
}

/** Makes a group of messages, each so many seconds after the start. */
async function fill(group: string, ...messages: readonly (readonly [number, string | object])[]) {
  await it.create(group);
  const inOrder = messages.toSorted(([one], [other]) => one - other);
  const events = inOrder.map(([second, message]): [number, string] => [
    startMs + second * 1000,
    typeof message === "string" ? message : JSON.stringify(message),
  ]);
  await it.put(group, "s", ...events);
}

beforeAll(async () => {
  startMs = Math.floor(it.nowMs() / 3_600_000) * 3_600_000 - 3_600_000;
  await fill(
    "/app/visits",
    [0, { user: "u1", device: "d1", ms: 10, path: "/a", ip: "10.1.2.3" }],
    [60, { user: "u1", device: "d1", ms: 12, path: "/a", ip: "10.1.9.9" }],
    [120, { user: "u2", device: "d1", ms: 11, path: "/b", ip: "192.168.0.1" }],
    [1_500, { user: "u1", device: "d1", ms: 900, path: "/slow", ip: "8.8.8.8" }],
    [1_530, { user: "u1", device: "d2", ms: 13, path: "/a", ip: "10.1.2.3" }],
  );
});

test("stats: every function that gathers", async () => {
  const stats = async (functions: string) => (await rows(`stats ${functions}`, "/app/visits"))[0];
  expect(
    await stats("count(*) as n, count(ms) as m, count_distinct(user) as u, sum(ms) as s, avg(ms) as a"),
  ).toEqual({ n: "5", m: "5", u: "2", s: "946", a: "189.2" });
  expect(await stats("min(ms) as a, max(ms) as b, pct(ms, 50) as p, stddev(ms) as d")).toEqual({
    a: "10",
    b: "900",
    p: "12",
    d: "355.4014",
  });
  expect(
    await stats("earliest(path) as e, latest(ms) as l, sortsFirst(path) as f, sortsLast(path) as z"),
  ).toEqual({ e: "/a", l: "13", f: "/a", z: "/slow" });
  // Times are shown as numbers there, as AWS does.
  expect(await stats("earliest(@timestamp) as e, max(@timestamp) as m")).toEqual({
    e: String(startMs),
    m: String(startMs + 1_530_000),
  });
  expect(await stats("values(user) as v, count_over_time(ms) as c, sum_over_time(ms) as s")).toEqual({
    v: '["u1","u2"]',
    c: "5",
    s: "946",
  });
  expect(await stats("histogram(ms, 2) as h")).toEqual({ h: '{"10-455":4,"455-900":1}' });
  expect(await rows("stats count(*) as n by histogram(ms, 500) as h | sort h asc", "/app/visits")).toEqual([
    { h: "0", n: "4" },
    { h: "500", n: "1" },
  ]);
  expect(await stats("rate(ms, 1m) as r")).toEqual({ r: "0.05" });
});

test("stats: times are grouped, moved, and grouped again", async () => {
  const at = (second: number) =>
    new Date(startMs + second * 1000).toISOString().replace("T", " ").slice(0, -1);
  const by = (bin: string) => rows(`stats count(*) as n by ${bin} | sort n desc`, "/app/visits");
  expect(await by("bin(20min)")).toEqual([
    { "bin(20min)": at(0), n: "3" },
    { "bin(20min)": at(1_200), n: "2" },
  ]);
  expect(await by("bin(20m) as t offset 1h")).toEqual([
    { t: at(3_600), n: "3" },
    { t: at(4_800), n: "2" },
  ]);
  const again = "stats sum(ms) as s by user | stats max(s) as most, count(*) as users";
  expect(await rows(again, "/app/visits")).toEqual([{ most: "935", users: "2" }]);
});

test("parse: texts with asterisks, expressions, logfmt, CSV, and JSON within", async () => {
  await fill(
    "/app/lines",
    [0, '2026-01-01,ERROR,"failed, again"'],
    [1, 'level=info msg="all well"'],
    [2, 'got {"user":{"name":"ann"},"ips":[1,2]} from 10.0.0.1 and 10.0.0.2'],
  );
  const of = (query: string) => rows(query, "/app/lines");
  expect(
    await of("parse @message csv as day, level, text | filter level = 'ERROR' | display day, text"),
  ).toEqual([{ day: "2026-01-01", text: "failed, again" }]);
  expect(await of("parse csv as a, b | filter b = 'ERROR' | display a")).toEqual([{ a: "2026-01-01" }]);
  expect(await of("parse @message logfmt as lf | filter lf.level = 'info' | display lf.msg")).toEqual([
    { "lf.msg": "all well" },
  ]);
  const ips = "parse @message /(\\d+\\.\\d+\\.\\d+\\.\\d+)/ as ip multi | filter ispresent(ip) | display ip";
  expect(await of(ips)).toEqual([{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }]);
  const json = String.raw`parse @message /(?<payload>\{.*\})/ as payload
    | json field=payload "user.name" as name
    # a comment between
    | json field=payload "ips[1]" as second
    | filter ispresent(name) | display name, second`;
  expect(await of(json)).toEqual([{ name: "ann", second: "2" }]);
  expect(await of("parse @message 'from * and *' as a, b | filter ispresent(a) | display a, b")).toEqual([
    { a: "10.0.0.1", b: "10.0.0.2" },
  ]);
});

test("expand and unnest make a row of each item", async () => {
  await fill("/app/items", [0, { host: "web", items: ["a", "b"], json: '["c","d"]' }]);
  expect(await rows("expand items | stats count(*) as n by items, host | sort items", "/app/items")).toEqual([
    { items: "a", host: "web", n: "1" },
    { items: "b", host: "web", n: "1" },
  ]);
  expect(await rows("expand json | display json", "/app/items")).toEqual([{ json: "c" }, { json: "d" }]);
  expect(await rows("unnest items into item | display item", "/app/items")).toEqual([
    { item: "a" },
    { item: "b" },
  ]);
});

test("autoregress shows what the rows before had", async () => {
  const ms = (query: string) => rows(`fields ms | sort @timestamp asc | ${query}`, "/app/visits");
  expect((await ms("autoregress ms p=1-2"))[2]).toEqual({ ms: "11", ms_p1: "12", ms_p2: "10" });
  expect((await ms("autoregress ms as before"))[1]).toEqual({ ms: "12", before: "10" });
  expect((await ms("autoregress ms p=3"))[3]).toEqual({ ms: "900", ms_p3: "10" });
});

test("outlier cuts values that lie far off, or leaves their rows out", async () => {
  const ms = (query: string) => rows(`fields ms | sort ms asc | ${query}`, "/app/visits");
  expect((await ms("outlier ms")).map((row) => row.ms)).toEqual(["10", "11", "12", "13", "18"]);
  expect(await ms("outlier action=remove mark=true ms")).toEqual(
    ["10", "11", "12", "13"].map((value) => ({ ms: value, ms_outlier: "0" })),
  );
  expect((await ms("outlier action=transform param=1.0 mark=true ms")).at(-1)).toEqual({
    ms: "15",
    ms_outlier: "1",
  });
  expect((await ms("outlier action=remove param=0.4 uselower=true ms")).map((row) => row.ms)).toEqual([
    "11",
    "12",
    "13",
  ]);
});

test("sessionize tells visits of one identity apart", async () => {
  const query = (more: string) =>
    rows(`fields user, device | sort @timestamp asc | sessionize user, device ${more}`, "/app/visits");
  expect((await query("")).map((row) => row.session_id)).toEqual([
    "u1:d1:1",
    "u1:d1:1",
    "u2:d1:1",
    "u1:d1:1",
    "u1:d2:1",
  ]);
  expect((await query("maxspan 10m as visit")).map((row) => row.visit)).toEqual([
    "u1:d1:1",
    "u1:d1:1",
    "u2:d1:1",
    "u1:d1:2",
    "u1:d2:1",
  ]);
});

test("countFrequent counts combinations, the most frequent first", async () => {
  const expected = [
    { path: "/a", user: "u1", _approxcount: "3" },
    { path: "/slow", user: "u1", _approxcount: "1" },
    { path: "/b", user: "u2", _approxcount: "1" },
  ];
  expect(await rows("countFrequent path, user", "/app/visits")).toEqual(expected);
  expect(await rows("count_frequent path, user | limit 1", "/app/visits")).toEqual(expected.slice(0, 1));
});

test("relevantfields ranks what differs where a condition holds", async () => {
  const found = await rows("relevantfields path, user, ms where ms > 400", "/app/visits");
  expect(found.map((row) => [row["@fieldName"], row["@relevanceScore"]])).toEqual([
    ["path", "1"],
    ["ms", "1"],
    ["user", "0.25"],
  ]);
  expect(found[1]).toMatchObject({ "@conditionalMedian": "900", "@baselineMedian": "11.5" });
  expect(JSON.parse(found[0]?.["@topRelevanceContributors"] ?? "")).toContainEqual({
    value: "/slow",
    conditional: 1,
    baseline: 0,
  });
  const all = await rows("relevantfields where ms > 400", "/app/visits");
  expect(all.map((row) => row["@fieldName"]).sort()).toEqual(
    ["@log", "@logStream", "device", "ip", "ms", "path", "user"].sort(),
  );
  expect(await rows("relevantfields where ms > 4000", "/app/visits")).toEqual([]);
});

test("appendcols puts another query's columns beside", async () => {
  const base = "stats count(*) as n by user | sort user";
  const other =
    "SOURCE '/app/visits' | stats max(ms) as most, min(ms) as n by user | sort user | display most, n";
  expect(await rows(`${base} | appendcols (${other})`, "/app/visits")).toEqual([
    { user: "u1", n: "4", most: "900" },
    { user: "u2", n: "1", most: "11" },
  ]);
  expect(await rows(`${base} | appendcols override=true max=1 (${other})`, "/app/visits")).toEqual([
    { user: "u1", n: "10", most: "900" },
    { user: "u2", n: "1" },
  ]);
  const own = "appendcols (stats count(*) as all)";
  expect(await rows(`${base} | limit 1 | ${own}`, "/app/visits")).toEqual([{ user: "u1", n: "4", all: "5" }]);
});

test("logcompare and diff hold patterns against those of before", async () => {
  await it.create("/app/compared");
  const day = 86_400_000;
  await it.put("/app/compared", "s", [startMs - day + 1_000, "job 1 done"], [startMs - day + 2_000, "old 1"]);
  await it.put("/app/compared", "s", [startMs + 1_000, "job 2 done"], [startMs + 2_000, "job 3 done"]);
  const expected = [
    { "@pattern": "job <*> done", "@difference": "1" },
    { "@pattern": "old <*>", "@difference": "-1" },
  ];
  for (const query of ["logcompare timeshift 1d", "pattern @message | diff previousDay"])
    expect(await rows(`${query} | display @pattern, @difference`, "/app/compared")).toEqual(expected);
});

test("anomaly says what is unusual about patterns", async () => {
  const usual = Array.from({ length: 40 }, (_, at) => [at * 60, `took ${10 + (at % 5)} ms`] as const);
  await fill(
    "/app/unusual",
    ...usual,
    [1_000, "took 900 ms"],
    [2_400, "disk is full"],
    [600, "GET / status 200"],
    [620, "GET / status 503"],
  );
  const found = await rows(
    "pattern @message | anomaly | display @patternString, @description",
    "/app/unusual",
  );
  const of = (pattern: string) =>
    found.filter((row) => row["@patternString"] === pattern).map((row) => row["@description"]);
  expect(of("took <*> ms")).toEqual([expect.stringMatching(/^Numerical token anomaly: 900 where /)]);
  expect(of("disk is full")).toEqual([expect.stringMatching(/^New pattern anomaly: first seen at /)]);
  expect(of("GET / status <*>")).toEqual(["HTTP error code anomaly: 503 in 1 of 2"]);
  expect((await rows("anomaly | limit 1", "/app/unusual"))[0]).toMatchObject({
    "@priority": "HIGH",
    "@anomalyLogSamples": '["disk is full"]',
  });
});

test("accum, addtotals, filldown, fillmissing, where and the rest work on each other's rows", async () => {
  const query = `where path in ['/a', '/b'] # only these
    | stats sum(ms) as s by bin(1m) as t
    | sort t asc | fillmissing with 0 for s | accum s as total | addtotals s, total | limit 4`;
  expect((await rows(query, "/app/visits")).map(({ t: _, ...row }) => row)).toEqual([
    { s: "10", total: "10", Total: "20" },
    { s: "12", total: "22", Total: "34" },
    { s: "11", total: "33", Total: "44" },
    { s: "0", total: "33", Total: "33" },
  ]);
  expect(await rows("fields `path` | sort @timestamp asc | dedup path | limit 2", "/app/visits")).toEqual([
    { path: "/a" },
    { path: "/b" },
  ]);
});

test("limit any looks at no more events than it takes; limit at all of them", async () => {
  const scanned = async (queryString: string) => {
    const range = { startTime: 0, endTime: Math.floor(it.nowMs() / 1000) };
    const { queryId } = await it.logs.send(
      new StartQueryCommand({ queryString, ...range, logGroupName: "/app/visits" }),
    );
    for (;;) {
      const answer = await it.logs.send(new GetQueryResultsCommand({ queryId }));
      if (answer.status !== "Running") return [answer.results?.length, answer.statistics?.recordsMatched];
    }
  };
  expect(await scanned("filter ms < 500 | limit 2")).toEqual([2, 4]);
  expect(await scanned("fields ms | limit any 2")).toEqual([2, expect.any(Number)]);
});
