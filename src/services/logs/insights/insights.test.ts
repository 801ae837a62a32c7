import { expect, test } from "vitest";
import type { LogEvent } from "../event.ts";
import { compileQuery } from "./query.ts";

const START_MS = Date.UTC(2026, 0, 1);
const TIME = { nowMs: START_MS + 60_500, fromMs: START_MS, untilMs: START_MS + 60_000 };

/** Results of a query over messages a second apart, the first the oldest; without what leads to events. */
function ask(query: string, messages: readonly string[], log = "000000000000:/app/x") {
  const compiled = compileQuery(query, 10_000, TIME);
  const run = compiled.start();
  const events = messages.map((message, index): LogEvent => {
    const timeMs = START_MS + index * 1_000;
    return {
      timeMs,
      ingestedMs: timeMs,
      message,
      streamName: "s",
      stream: 1,
      block: 0,
      index,
      isLine: false,
    };
  });
  for (const event of events.reverse()) run.take({ event, log, region: "us-east-1", pointer: () => "ptr" });
  return run.end().map((row) => {
    const shown = compiled.show(row).filter(({ field }) => field !== "@ptr");
    return Object.fromEntries(shown.map(({ field, value }) => [field, value]));
  });
}

/** What an expression comes to for one message. */
const value = (expression: string, message = "{}") => ask(`display ${expression} as x`, [message])[0]?.x;

const REQUESTS = [
  '{"level":"INFO","path":"/a","ms":10,"user":{"id":1,"tags":["x","y"]}}',
  '{"level":"ERROR","path":"/b","ms":200,"user":{"id":2,"tags":[]}}',
  '{"level":"INFO","path":"/a","ms":30,"user":{"id":2}}',
  "plain text",
];

test("a query without fields shows time and message, the latest first", () => {
  expect(ask("", ["one", "two"])).toEqual([
    { "@timestamp": "2026-01-01 00:00:01.000", "@message": "two" },
    { "@timestamp": "2026-01-01 00:00:00.000", "@message": "one" },
  ]);
  expect(ask("limit 1", ["one", "two"])).toHaveLength(1);
  expect(ask("fields @log, @logStream\n# filter nothing\n| limit 1", ["one"])).toEqual([
    { "@log": "000000000000:/app/x", "@logStream": "s" },
  ]);
});

test.each<[string, number]>([
  ["ms > 10", 2],
  ["ms >= 10 and ms < 200", 2],
  ["level = 'ERROR' or path = '/a'", 3],
  ["not (level = 'INFO')", 2],
  ["level != 'INFO'", 1],
  ["level == 'INFO'", 2],
  ["level in ['ERROR', 'WARN']", 1],
  ["ms in [10, 30]", 2],
  ["path not in ['/a']", 2],
  ["@message like 'plain'", 1],
  ["@message like /PLAIN/", 0],
  ["@message like /(?i)PLAIN/", 1],
  ["@message =~ /^\\{.*ERROR/", 1],
  ["@message not like /level/", 1],
  ["user.id = 2", 2],
  ["user.tags.1 = 'y'", 1],
  ["user.tags[0] = 'x'", 1],
  ["ispresent(level)", 3],
  ["not ispresent(level)", 1],
  ["strcontains(@message, 'plain')", 1],
  ["ms * 2 + 1 = 21", 1],
  ["ms % 20 = 10 and ms / 10 = 1", 1],
  ["2 ^ 3 ^ 2 = 512 and -2 ^ 2 = -4", 4],
  ["`user`.id = 1", 1],
  ["user.`tags`[1] = 'y'", 1],
])("filter %s", (condition, count) => {
  expect(ask(`filter ${condition}`, REQUESTS)).toHaveLength(count);
});

test("fields make new ones, and display shows what it names", () => {
  expect(ask("fields path, concat(level, '-', ms) as both | filter both like 'ERR'", REQUESTS)).toEqual([
    { path: "/b", both: "ERROR-200" },
  ]);
  expect(ask("fields ms | display ms / 3, level | limit 2", REQUESTS)).toEqual([
    {},
    { "ms / 3": "10", level: "INFO" },
  ]);
});

test("stats count, and gather by what they are told", () => {
  expect(ask("stats count(*), sum(ms) as total, avg(ms) by path | sort path", REQUESTS)).toEqual([
    { "count(*)": "1" },
    { path: "/a", "count(*)": "2", total: "40", "avg(ms)": "20" },
    { path: "/b", "count(*)": "1", total: "200", "avg(ms)": "200" },
  ]);
  expect(
    ask(
      "stats count(level) as c, count_distinct(path) as p, min(ms), max(ms), max(ms) - min(ms) as d",
      REQUESTS,
    ),
  ).toEqual([{ c: "3", p: "2", "min(ms)": "10", "max(ms)": "200", d: "190" }]);
  expect(
    ask(
      "stats pct(ms, 50) as p50, pct(ms, 100) as top, stddev(ms) as sd, earliest(level), latest(path)",
      REQUESTS,
    ),
  ).toEqual([{ p50: "30", top: "200", sd: "85.2447", "earliest(level)": "INFO", "latest(path)": "/a" }]);
  expect(ask("stats sortsFirst(level) as a, sortsLast(level) as z", REQUESTS)).toEqual([
    { a: "ERROR", z: "INFO" },
  ]);
  expect(ask("filter ms > 1000 | stats count(*) as c", REQUESTS)).toEqual([{ c: "0" }]);
  expect(ask("filter ms > 1000 | stats count(*) by path", REQUESTS)).toEqual([]);
  expect(ask("stats count(*) by bin(2s) | sort bin(2s) asc", REQUESTS)).toEqual([
    { "bin(2s)": "2026-01-01 00:00:00.000", "count(*)": "2" },
    { "bin(2s)": "2026-01-01 00:00:02.000", "count(*)": "2" },
  ]);
  for (const unit of ["2s", "2sec", "2secs", "2 seconds", "2000ms", "2000 msecs"])
    expect(ask(`stats count(*) as n by bin(${unit})`, REQUESTS).length).toBe(unit.startsWith("2000") ? 4 : 2);
  for (const unit of ["1m", "1mins", "1hrs", "1d", "1weeks", "1mons", "1qtrs", "1yrs"])
    expect(ask(`stats count(*) as n by bin(${unit}) as t | display n`, REQUESTS)).toEqual([{ n: "4" }]);
  expect(ask("stats sum(ms) as ms by path | stats max(ms) as most", REQUESTS)).toEqual([{ most: "200" }]);
});

test("sort, limit and dedup", () => {
  const numbers = ["3", "20", "1", "20"].map((n) => `{"n":${n},"t":"x${n}"}`);
  const column = (query: string) => ask(query, numbers).map(({ n }) => n);
  expect(column("fields n | sort n")).toEqual(["1", "3", "20", "20"]);
  expect(column("fields n | sort n desc | limit 2")).toEqual(["20", "20"]);
  expect(column("fields n | sort t desc, n asc")).toEqual(["3", "20", "20", "1"]);
  expect(column("fields n | sort n asc | dedup t")).toEqual(["1", "3", "20"]);
  // What has no such value is no duplicate.
  expect(ask("dedup level", REQUESTS)).toHaveLength(3);
  expect(ask("dedup level", [...REQUESTS, "text"])).toHaveLength(4);
  const many = Array.from({ length: 5_000 }, (_, at) => `{"n":${(at * 7919) % 5_000}}`);
  expect(ask("fields n | sort n desc | limit 3", many).map(({ n }) => n)).toEqual(["4999", "4998", "4997"]);
});

test("parse takes words out of messages", () => {
  const line = "25 May 2019 10:24:39,474 [ERROR] {foo=2, bar=data} The error was: DataIntegrityException";
  const found = { level: "ERROR", config: "{foo=2, bar=data}", exception: "DataIntegrityException" };
  const shown = "| display level, config, exception";
  expect(ask(`parse @message "[*] * The error was: *" as level, config, exception ${shown}`, [line])).toEqual(
    [found],
  );
  const regex = String.raw`/\[(?<level>\S+)\]\s+(?<config>\{.*\})\s+The error was: (?<exception>\S+)/`;
  expect(ask(`parse @message ${regex} ${shown}`, [line])).toEqual([found]);
  const users = ["user=a, method:get, latency := 10", "user=b, method:get, latency := 30"];
  const query =
    "parse @message 'user=*, method:*, latency := *' as user, method, latency | stats avg(latency) by method";
  expect(ask(query, users)).toEqual([{ method: "get", "avg(latency)": "20" }]);
  expect(ask("parse 'user=*,' as u", ["user=a,", "none"])).toMatchObject([
    { "@message": "none" },
    { u: "a" },
  ]);
});

test.each<[string, string | undefined]>([
  ["abs(-2)", "2"],
  ["ceil(1.2)", "2"],
  ["floor(-1.2)", "-2"],
  ["greatest(1, 3, 2)", "3"],
  ["least(4, 2)", "2"],
  ["sqrt(16)", "4"],
  ["log(1)", "0"],
  ["1 / 0", undefined],
  ["10 / 3", "3.3333"],
  ["coalesce(none, 'b')", "b"],
  ["isempty(none)", "1"],
  ["isblank('  ')", "1"],
  ["isblank('a')", "0"],
  ["ltrim('xyZxyfooxyZ', 'xyZ')", "fooxyZ"],
  ["rtrim('xyZfooxyxyZ', 'xyZ')", "xyZfoo"],
  ["trim('  a ')", "a"],
  ["strlen('é😀')", "2"],
  ["toupper('a')", "A"],
  ["tolower('A')", "a"],
  ["substr('xyZfooxyZ', 3, 3)", "foo"],
  ["substr('abc', 1)", "bc"],
  ["replace('a.b.c', '.', '-')", "a-b-c"],
  ["strcontains('abc', 'b')", "1"],
  ["datefloor(@timestamp, 1d)", "2026-01-01 00:00:00.000"],
  ["dateceil(fromMillis(1767225600001), 1h)", "2026-01-01 01:00:00.000"],
  ["datefloor(fromMillis(1767225599999), 1mo)", "2025-12-01 00:00:00.000"],
  ["bin(1y)", "2026-01-01 00:00:00.000"],
  ["toMillis(@timestamp)", String(START_MS)],
  ["isValidIp('10.0.0.1')", "1"],
  ["isValidIpV6('10.0.0.1')", "0"],
  ["isIpInSubnet('10.1.2.3', '10.0.0.0/8')", "1"],
  ["isIpv4InSubnet('11.1.2.3', '10.0.0.0/8')", "0"],
  ["isIpv6InSubnet('2001:db8::1', '2001:db8::/32')", "1"],
  ["isIpInSubnet('x', '10.0.0.0/99')", "0"],
  ["jsonStringify(jsonParse('{\"a\":[1]}'))", '{"a":[1]}'],
])("%s", (expression, expected) => {
  expect(value(expression)).toBe(expected);
});

test("JSON within JSON is read, and lists become rows", () => {
  const message = JSON.stringify({
    body: JSON.stringify({ items: [{ id: "a" }, { id: "b" }] }),
    "dotted.name": 5,
  });
  expect(ask("fields jsonParse(body) as b | display b.items.1.id as id", [message])).toEqual([{ id: "b" }]);
  expect(ask("fields jsonParse(body) as b | unnest b.items into item | display item.id", [message])).toEqual([
    { "item.id": "a" },
    { "item.id": "b" },
  ]);
  expect(value("dotted.name", message)).toBe("5");
  expect(value("`dotted.name` + 1", message)).toBe("6");
  const within = JSON.stringify({ body: { "user.id": "7", "with space": { list: [{ a: "b" }] } } });
  expect(ask("fields jsonParse(@message) as j | display j.body.`user.id` as id", [within])).toEqual([
    { id: "7" },
  ]);
  expect(value("body.`with space`.list[0].a", within)).toBe("b");
  expect(value("@@x", '{"@x":"at"}')).toBe("at");
});

test("what AWS Lambda writes is known", () => {
  const id = "5f63d22a-0000-4000-8000-000000000000";
  const lines = [
    `START RequestId: ${id} Version: $LATEST\n`,
    `2026-01-01T00:00:00.000Z\t${id}\tINFO\tgot {"order":{"id":7}} here\n`,
    `END RequestId: ${id}\n`,
    `REPORT RequestId: ${id}\tDuration: 14.97 ms\tBilled Duration: 15 ms\tMemory Size: 128 MB` +
      "\tMax Memory Used: 67 MB\tInit Duration: 103.01 ms" +
      "\tXRAY TraceId: 1-aa-bb\tSegmentId: cc\tSampled: true\n",
  ];
  const of = (query: string) => ask(query, lines, "000000000000:/aws/lambda/f");
  expect(
    of(
      "filter @type = 'REPORT' | fields @duration, @billedDuration, @memorySize, @maxMemoryUsed" +
        "| fields @initDuration, @xrayTraceId, @xraySegmentId",
    ),
  ).toEqual([
    {
      "@duration": "14.97",
      "@billedDuration": "15.0",
      "@memorySize": "1.28E8",
      "@maxMemoryUsed": "6.7E7",
      "@initDuration": "103.01",
      "@xrayTraceId": "1-aa-bb",
      "@xraySegmentId": "cc",
    },
  ]);
  expect(of("stats max(@memorySize / 1000 / 1000) as mb, avg(@duration), count(*) by @requestId")).toEqual([
    { "@requestId": id, mb: "128", "avg(@duration)": "14.97", "count(*)": "4" },
  ]);
  expect(of("filter order.id = 7 | fields order.id")).toEqual([{ "order.id": "7" }]);
  const entity =
    "filter @entity.KeyAttributes.Name = 'f' | limit 1 | display @entity.Attributes.PlatformType";
  expect(of(entity)).toEqual([{ "@entity.Attributes.PlatformType": "AWS::Lambda" }]);
});

test("flow logs and DNS queries are known", () => {
  const flow = "2 123456789010 eni-1a2b 10.0.0.1 8.8.8.8 49152 53 17 3 240 1767225600 1767225660 ACCEPT OK";
  const none = "2 123456789010 eni-1a2b - - - - - - - 1767225600 1767225660 - NODATA";
  const dns =
    "1.0 2026-01-01T00:00:00.000Z Z123ABC example.com AAAA NOERROR UDP IAD12 192.0.2.1 2001:db8::/48";
  expect(
    ask("filter action = 'ACCEPT' and protocol = 17 | stats sum(bytes) as b by srcAddr, dstPort", [
      flow,
      none,
    ]),
  ).toEqual([{ srcAddr: "10.0.0.1", dstPort: "53", b: "240" }]);
  expect(ask("filter logStatus = 'NODATA' | display interfaceId, action", [flow, none])).toEqual([
    { interfaceId: "eni-1a2b", action: "-" },
  ]);
  expect(ask("display queryName, queryType, responseCode, edgeLocation, ednsClientSubnet", [dns])).toEqual([
    {
      queryName: "example.com",
      queryType: "AAAA",
      responseCode: "NOERROR",
      edgeLocation: "IAD12",
      ednsClientSubnet: "2001:db8::/48",
    },
  ]);
  expect(ask("display @aws.account, @aws.region, version", ["2 is no flow"])).toEqual([
    { "@aws.account": "000000000000", "@aws.region": "us-east-1" },
  ]);
});

test("patterns show what messages have in common", () => {
  const messages = ["ERROR user 12 failed in 3 ms", "ERROR user 99 failed in 45 ms", "INFO started"];
  expect(ask("pattern @message", messages)).toEqual([
    {
      "@pattern": "ERROR user <*> failed in <*> ms",
      "@ratio": "0.6667",
      "@sampleCount": "2",
      "@severityLabel": "ERROR",
    },
    { "@pattern": "INFO started", "@ratio": "0.3333", "@sampleCount": "1", "@severityLabel": "INFO" },
  ]);
});

test("conditions choose values, and hashes hide them", () => {
  expect(value("if(ms > 5, 'slow', 'fast')", '{"ms":9}')).toBe("slow");
  expect(value("if(ms > 50, 'slow', 'fast')", '{"ms":9}')).toBe("fast");
  const rated = "case(ms > 100, 'bad', ms > 5, 'slow', 'fast')";
  expect([200, 9, 1].map((ms) => value(rated, `{"ms":${ms}}`))).toEqual(["bad", "slow", "fast"]);
  expect(value("case(ms > 100, 'bad')", '{"ms":9}')).toBeUndefined();
  expect(value("md5('a')")).toBe("0cc175b9c0f1b6a831c399e269772661");
  expect(value("sha256('a')")).toBe("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
  expect(value("unmask(@message)", "text")).toBe("text");
});

test("parse reads logfmt into a map, and makes a row of each match", () => {
  const line = String.raw`level=info msg="all \"well\"" took=7 done`;
  expect(
    ask("parse @message logfmt as lf | display lf.level, lf.msg, lf.took + 1 as took, lf.done", [line]),
  ).toEqual([{ "lf.level": "info", "lf.msg": 'all "well"', took: "8", "lf.done": "true" }]);
  expect(ask("parse logfmt as lf | filter ispresent(lf) | stats count(*) as n", [line, "plain"])).toEqual([
    { n: "1" },
  ]);
  expect(ask("parse @message /(?<ip>\\d+\\.\\d+)/ multi | display ip", ["1.2 to 3.4", "none"])).toEqual([
    {},
    { ip: "1.2" },
    { ip: "3.4" },
  ]);
});

test("where filters, and any will do of a limit", () => {
  expect(ask("where ms > 10 | stats count(*) as n", REQUESTS)).toEqual([{ n: "2" }]);
  expect(ask("fields ms | limit any 1", REQUESTS)).toHaveLength(1);
});

test("sums run on, and stand beside and below what they sum", () => {
  const byTime = "sort @timestamp asc | filter ispresent(ms)";
  expect(ask(`fields ms | ${byTime} | accum ms as total | display total`, REQUESTS)).toEqual([
    { total: "10" },
    { total: "210" },
    { total: "240" },
  ]);
  const byPath = "stats sum(ms) as s, count(*) as n by path | filter ispresent(path) | sort path asc";
  expect(ask(`${byPath} | addtotals col=true`, REQUESTS)).toEqual([
    { path: "/a", s: "40", n: "2", Total: "42" },
    { path: "/b", s: "200", n: "1", Total: "201" },
    { s: "240", n: "3" },
  ]);
  expect(ask(`${byPath} | addtotals fieldname=Both s`, REQUESTS)[0]).toEqual({
    path: "/a",
    s: "40",
    n: "2",
    Both: "40",
  });
});

test("gaps are filled: by what came before, and with rows for times without events", () => {
  const hosts = ['{"host":"a","cpu_user":1}', '{"cpu_sys":2}', '{"host":"b"}'];
  expect(
    ask(
      "fields host, cpu_user, cpu_sys | sort @timestamp asc | filldown host cpu* " +
        "| display host, cpu_user, cpu_sys",
      hosts,
    ),
  ).toEqual([
    { host: "a", cpu_user: "1" },
    { host: "a", cpu_user: "1", cpu_sys: "2" },
    { host: "b", cpu_user: "1", cpu_sys: "2" },
  ]);
  const sparse = ['{"ms":1}', "x", "y", '{"ms":3}'];
  expect(
    ask("filter ispresent(ms) | stats sum(ms) as s by bin(1s) as at | fillmissing with 0 for s", sparse),
  ).toEqual([
    { at: "2026-01-01 00:00:00.000", s: "1" },
    { at: "2026-01-01 00:00:01.000", s: "0" },
    { at: "2026-01-01 00:00:02.000", s: "0" },
    { at: "2026-01-01 00:00:03.000", s: "3" },
  ]);
});
