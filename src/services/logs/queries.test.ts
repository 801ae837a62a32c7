import {
  DeleteQueryDefinitionCommand,
  DescribeQueriesCommand,
  DescribeQueryDefinitionsCommand,
  GetLogGroupFieldsCommand,
  GetLogRecordCommand,
  GetQueryResultsCommand,
  ListLogGroupsForQueryCommand,
  PutQueryDefinitionCommand,
  StartQueryCommand,
  type StartQueryCommandInput,
  StopQueryCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();

async function start(queryString: string, more: Partial<StartQueryCommandInput>) {
  const range = { startTime: 0, endTime: Math.floor(it.nowMs() / 1000) + 1 };
  const { queryId } = await it.logs.send(new StartQueryCommand({ ...range, queryString, ...more }));
  return queryId;
}

async function results(queryId: string | undefined) {
  for (;;) {
    const answer = await it.logs.send(new GetQueryResultsCommand({ queryId }));
    if (answer.status === "Running") continue;
    const rows = answer.results?.map((row) =>
      Object.fromEntries(row.map(({ field, value }) => [field, value])),
    );
    return { ...answer, rows: rows ?? [] };
  }
}

const ask = async (queryString: string, more: Partial<StartQueryCommandInput>) =>
  results(await start(queryString, more));

test("a query is run over a group, and its rows lead back to their events", async () => {
  await it.create("/app/q");
  const now = it.nowMs();
  await it.put("/app/q", "s", [now - 2, '{"ms":5}'], [now - 1, '{"ms":50,"deep":{"a":"x"}}'], [now, "text"]);
  const answer = await ask("filter ms > 1 | fields @timestamp, ms | sort ms desc", {
    logGroupName: "/app/q",
  });
  expect(answer).toMatchObject({
    status: "Complete",
    queryLanguage: "CWLI",
    statistics: { recordsMatched: 2, recordsScanned: 3, bytesScanned: 38, logGroupsScanned: 1 },
    rows: [{ ms: "50" }, { ms: "5" }],
  });
  const pointer = answer.rows[0]?.["@ptr"];
  const { logRecord } = await it.logs.send(new GetLogRecordCommand({ logRecordPointer: pointer }));
  expect(logRecord).toMatchObject({
    "@message": '{"ms":50,"deep":{"a":"x"}}',
    "@logStream": "s",
    "@timestamp": String(now - 1),
    "@log": "000000000000:/app/q",
    "deep.a": "x",
    ms: "50",
  });
  await expect(it.logs.send(new GetLogRecordCommand({ logRecordPointer: "nonsense" }))).rejects.toMatchObject(
    { name: "InvalidParameterException" },
  );
  const { logGroupFields } = await it.logs.send(new GetLogGroupFieldsCommand({ logGroupName: "/app/q" }));
  expect(logGroupFields).toContainEqual({ name: "@message", percent: 100 });
  expect(logGroupFields).toContainEqual({ name: "ms", percent: 67 });
  expect(logGroupFields).toContainEqual({ name: "deep.a", percent: 33 });
});

test("several groups are one, put events and functions' lines alike", async () => {
  await it.create("/app/one");
  await it.create("/app/two");
  await it.deploy("measured", `async () => console.log("hello")`);
  await it.invoke("measured");
  const now = it.nowMs();
  for (let at = 0; at < 3; at++) {
    await it.put("/app/one", "s", [now - 100 + 2 * at, `one ${at}`]);
    await it.put("/app/two", "s", [now - 99 + 2 * at, `two ${at}`]);
  }
  const logGroupNames = ["/app/one", "/app/two"];
  const queryId = await start("fields @message", { logGroupNames });
  const { rows } = await results(queryId);
  expect(rows.map((row) => row["@message"])).toEqual(["two 2", "one 2", "two 1", "one 1", "two 0", "one 0"]);
  const { logGroupIdentifiers } = await it.logs.send(new ListLogGroupsForQueryCommand({ queryId }));
  expect(logGroupIdentifiers).toHaveLength(2);
  const reports = await ask(
    'filter @type = "REPORT" | stats count(*) as n, max(@duration) as d by @requestId',
    {
      logGroupIdentifiers: ["arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/measured"],
    },
  );
  expect(reports.rows).toEqual([
    { "@requestId": expect.stringMatching(/^[0-9a-f-]{36}$/), n: "1", d: expect.stringMatching(/^[\d.]+$/) },
  ]);
});

test("results come page by page, within a limit", async () => {
  await it.create("/app/many");
  await it.put("/app/many", "s", ...Array.from({ length: 25 }, (_, at) => `${at}`));
  const queryId = await start("fields @message", { logGroupName: "/app/many", limit: 21 });
  await results(queryId);
  const seen: number[] = [];
  let nextToken: string | undefined;
  do {
    const page = await it.logs.send(
      new GetQueryResultsCommand({ queryId, maxItems: 10, ...(nextToken ? { nextToken } : {}) }),
    );
    seen.push(page.results?.length ?? 0);
    nextToken = page.nextToken;
  } while (nextToken);
  expect(seen).toEqual([10, 10, 1]);
});

test("patterns of now are held against those of before", async () => {
  await it.create("/app/diff");
  const now = it.nowMs();
  const second = Math.floor(now / 1000) * 1000;
  await it.put(
    "/app/diff",
    "s",
    [second - 90_000, "old thing 1"],
    [second - 80_000, "same 1"],
    [second - 79_000, "same 2"],
  );
  await it.put("/app/diff", "s", [second - 20_000, "same 3"], [second - 10_000, "new thing 5"]);
  const range = { startTime: second / 1000 - 60, endTime: second / 1000 - 1 };
  const { rows } = await ask(
    "pattern @message | diff | fields @pattern, @difference, @differenceDescription",
    {
      logGroupName: "/app/diff",
      ...range,
    },
  );
  expect(
    rows.map((row) => [row["@pattern"], row["@difference"], row["@differenceDescription"]]).sort(),
  ).toEqual([
    ["new thing <*>", "1", "New pattern"],
    ["old thing <*>", "-1", "Pattern not found any more"],
    ["same <*>", "-1", "Decreased frequency"],
  ]);
});

test("what is wrong is said, and where", async () => {
  await it.create("/app/wrong");
  const refused = start("fields @message | filtr x", { logGroupName: "/app/wrong" });
  await expect(refused).rejects.toMatchObject({
    name: "MalformedQueryException",
    message: "unexpected symbol found filtr at line 1 and position 19",
    queryCompileError: {
      location: { startCharOffset: 18, endCharOffset: 23 },
      message: "unexpected symbol found filtr at line 1 and position 19",
    },
  });
  await expect(start("", { logGroupName: "/app/none" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Log group '/app/none' does not exist for account ID '000000000000'",
  });
  await expect(start("", {})).rejects.toMatchObject({ name: "InvalidParameterException" });
  await expect(start("", { logGroupName: "/app/wrong", queryLanguage: "SQL" })).rejects.toThrow(
    "Queries in SQL are not part of this platform.",
  );
  await expect(results("none")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("an expression that takes for ever ends the query, and nothing else", async () => {
  await it.create("/app/slow");
  await it.put("/app/slow", "s", `${"a".repeat(5_000)}`);
  const { status } = await ask(`filter @message like /^(a+)+$|b(a*)*c/`, { logGroupName: "/app/slow" });
  expect(status).toBe("Complete");
  const slow = await ask("filter @message like /^(a+)+b$/", { logGroupName: "/app/slow" });
  expect(slow.status).toBe("Timeout");
}, 30_000);

test("queries are stopped, listed, and kept by name", async () => {
  await it.create("/app/listed");
  const queryId = await start("fields @message", { logGroupName: "/app/listed" });
  await results(queryId);
  await expect(it.logs.send(new StopQueryCommand({ queryId }))).rejects.toThrow("not in a stoppable state");
  const { queries } = await it.logs.send(new DescribeQueriesCommand({ logGroupName: "/app/listed" }));
  expect(queries).toMatchObject([{ queryId, status: "Complete", queryString: "fields @message" }]);
  const put = (name: string, more = {}) =>
    it.logs.send(new PutQueryDefinitionCommand({ name, queryString: "fields a", ...more }));
  const { queryDefinitionId } = await put("team/errors", { logGroupNames: ["/app/listed"] });
  await put("team/errors", { queryDefinitionId, queryString: "fields b" });
  await put("other");
  const list = async () =>
    (await it.logs.send(new DescribeQueryDefinitionsCommand({ queryDefinitionNamePrefix: "team/" })))
      .queryDefinitions;
  expect(await list()).toEqual([
    {
      queryLanguage: "CWLI",
      queryDefinitionId,
      name: "team/errors",
      queryString: "fields b",
      lastModified: expect.any(Number),
      logGroupNames: [],
    },
  ]);
  await expect(put("x", { queryDefinitionId: "none" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await it.logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }));
  expect(await list()).toEqual([]);
});

test("queries look into other groups: SOURCE, queries within queries, and joins", async () => {
  for (const group of ["/app/api", "/app/fn"]) await it.create(group);
  const now = it.nowMs();
  const api = [
    { id: "r1", status: 500 },
    { id: "r2", status: 200 },
    { id: "r3", status: 503 },
  ];
  const fn = [
    { id: "r1", took: 7 },
    { id: "r1", took: 9 },
    { id: "r2", took: 1 },
  ];
  for (const [group, events] of [
    ["/app/api", api],
    ["/app/fn", fn],
  ] as const) {
    await it.put(
      group,
      "s",
      ...events.map((event, at): [number, string] => [now - 9 + at, JSON.stringify(event)]),
    );
  }
  const rows = async (text: string, more: Partial<StartQueryCommandInput> = { logGroupName: "/app/api" }) =>
    (await ask(text, more)).rows.map(({ "@ptr": _, ...row }) => row);

  expect(await rows("SOURCE '/app/fn' | stats sum(took) as s", {})).toEqual([{ s: "17" }]);
  const prefix = "SOURCE logGroups(namePrefix: ['/app/a', '/app/f'], class: ['STANDARD'])";
  expect(await rows(`${prefix} | filter ispresent(id) | stats count(*) as n by id | sort id`, {})).toEqual([
    { id: "r1", n: "3" },
    { id: "r2", n: "2" },
    { id: "r3", n: "1" },
  ]);

  await it.create("/app/tagged", { tags: { team: "red-one" } });
  await it.put("/app/tagged", "s", [now - 5, "tagged"]);
  const messages = async (source: string) =>
    (await rows(`${source} | display @message`, {})).map(Object.values);
  expect(await messages("SOURCE logGroupTags([{key: 'team', values: ['red*']}])")).toEqual([["tagged"]]);
  expect(await messages("SOURCE logGroupTags([{key: 'team', values: ['!red-one']}])")).toEqual([]);
  const all = "SOURCE logGroups(namePrefix: [], class: 'STANDARD') | filter @message = 'tagged'";
  expect(await messages(all)).toEqual([["tagged"]]);
  expect(await messages("SOURCE dataSource(['amazon_vpc.flow'])")).toEqual([]);
  expect(await messages("SOURCE `/app/tagged` START=-3600s END=0s")).toEqual([["tagged"]]);

  const within = "(SOURCE '/app/fn' | stats count(*) as n by id | filter n > 1 | fields id)";
  expect(await rows(`filter id in ${within} | display status`)).toEqual([{ status: "500" }]);
  expect(await rows(`filter id not in ${within} | sort id | display id`)).toEqual([
    { id: "r2" },
    { id: "r3" },
  ]);

  const join = (type: string) =>
    `filter status >= 500 | join type=${type} left=api right=fn
       where api.id = fn.id (SOURCE '/app/fn')
     | fields api.id, api.status, fn.took | sort api.id, fn.took | display api.id, fn.took`;
  const both = [
    { "api.id": "r1", "fn.took": "7" },
    { "api.id": "r1", "fn.took": "9" },
  ];
  expect(await rows(join("inner"))).toEqual(both);
  expect(await rows(join("left"))).toEqual([...both, { "api.id": "r3" }]);
  expect(await rows("filter toMillis(@timestamp) < now() * 1000 - 3600000")).toEqual([]);

  await expect(ask("SOURCE '/app/none'", {})).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  for (const wrong of [
    "fields id | SOURCE '/app/fn'",
    "join left=a where a.id = b.id (SOURCE '/app/fn')",
    "join type=outer left=a right=b where a.id = b.id (SOURCE '/app/fn')",
    "join left=a right=b where a.id = c.id (SOURCE '/app/fn')",
    "filter id in (SOURCE '/app/fn' | filter id in (SOURCE '/app/fn'))",
    "logreduce",
  ])
    await expect(ask(wrong, { logGroupName: "/app/api" })).rejects.toMatchObject({
      name: "MalformedQueryException",
    });
});

test("messages are compared where a query names no field for their patterns", async () => {
  await it.create("/app/d");
  await it.put("/app/d", "s", [it.nowMs(), "user 7 came"]);
  const { rows } = await ask("fields @timestamp, @message | diff previousDay", { logGroupName: "/app/d" });
  expect(rows).toMatchObject([{ "@pattern": "user <*> came", "@difference": "1" }]);
});
