import {
  CreateLookupTableCommand,
  type CreateLookupTableCommandInput,
  DeleteLookupTableCommand,
  DescribeLookupTablesCommand,
  GetLookupTableCommand,
  GetQueryResultsCommand,
  ListTagsForResourceCommand,
  StartQueryCommand,
  TagResourceCommand,
  UpdateLookupTableCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { beforeAll, expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();
const ARN = "arn:aws:logs:us-east-1:000000000000:lookup-table:";

const create = (lookupTableName: string, more: Partial<CreateLookupTableCommandInput>) =>
  it.logs.send(new CreateLookupTableCommand({ lookupTableName, ...more }));

async function ask(queryString: string) {
  const range = { startTime: 0, endTime: Math.floor(it.nowMs() / 1000) + 1 };
  const { queryId } = await it.logs.send(
    new StartQueryCommand({ queryString, ...range, logGroupName: "/app/requests" }),
  );
  for (;;) {
    const { status, results = [] } = await it.logs.send(new GetQueryResultsCommand({ queryId }));
    if (status !== "Running") return { queryId, results };
  }
}

async function rows(query: string) {
  const { results } = await ask(query);
  return results.map((row) =>
    Object.fromEntries(row.filter(({ field }) => field !== "@ptr").map(({ field, value }) => [field, value])),
  );
}

beforeAll(async () => {
  await it.create("/app/requests");
  const now = it.nowMs() - 10;
  const requests = [
    { id: "1", org: "x", name: "own", ip: "10.1.2.3" },
    { id: "2", org: "x", name: "", ip: "10.9.9.9" },
    { id: "3", org: "y", ip: "2001:db8::7" },
  ];
  await it.put(
    "/app/requests",
    "s",
    ...requests.map((one, at): [number, string] => [now + at, JSON.stringify(one)]),
  );
});

test("a table is made, shown, listed, changed and deleted", async () => {
  const tableBody = 'id,name\r\n1,"Ann, ""A"""\r\n2,Bob\r\n';
  const made = await create("users_1", { tableBody, description: "people", tags: { team: "a" } });
  expect(made).toMatchObject({ lookupTableArn: `${ARN}users_1`, createdAt: expect.any(Number) });
  await create("other", { tableBody: "a\n1\n" });
  const { lookupTableArn } = made;
  const get = () => it.logs.send(new GetLookupTableCommand({ lookupTableArn }));
  expect(await get()).toMatchObject({
    lookupTableArn,
    lookupTableName: "users_1",
    description: "people",
    tableBody,
    sizeBytes: Buffer.byteLength(tableBody),
    lastUpdatedTime: made.createdAt,
  });
  const list = async (lookupTableNamePrefix: string) =>
    (await it.logs.send(new DescribeLookupTablesCommand({ lookupTableNamePrefix }))).lookupTables;
  expect(await list("user")).toEqual([
    {
      lookupTableArn,
      lookupTableName: "users_1",
      description: "people",
      tableFields: ["id", "name"],
      recordsCount: 2,
      sizeBytes: Buffer.byteLength(tableBody),
      lastUpdatedTime: made.createdAt,
    },
  ]);
  await it.logs.send(new TagResourceCommand({ resourceArn: lookupTableArn, tags: { stage: "b" } }));
  const { tags } = await it.logs.send(new ListTagsForResourceCommand({ resourceArn: lookupTableArn }));
  expect(tags).toEqual({ team: "a", stage: "b" });
  await it.nuage.advance("1 hour");
  const changed = await it.logs.send(new UpdateLookupTableCommand({ lookupTableArn, tableBody: "id\n7\n" }));
  expect(changed).toMatchObject({ lookupTableArn, lastUpdatedTime: expect.any(Number) });
  expect((changed.lastUpdatedTime ?? 0) - (made.createdAt ?? 0)).toBeGreaterThanOrEqual(3_600_000);
  expect(await get()).toMatchObject({ tableBody: "id\n7\n", description: "people" });
  await it.logs.send(new DeleteLookupTableCommand({ lookupTableArn }));
  expect(await list("user")).toEqual([]);
  await expect(get()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a long table is kept whole, and lists come page by page", async () => {
  const lines = Array.from({ length: 5_000 }, (_, at) => `${at},${"é".repeat(40)}\n`);
  const tableBody = `id,text\n${lines.join("")}`;
  for (const name of ["page_1", "page_2", "page_3"]) await create(name, { tableBody });
  const whole = await it.logs.send(new GetLookupTableCommand({ lookupTableArn: `${ARN}page_2` }));
  expect(whole.tableBody).toBe(tableBody);
  const first = await it.logs.send(
    new DescribeLookupTablesCommand({ lookupTableNamePrefix: "page_", maxResults: 2 }),
  );
  expect(first.lookupTables?.map(({ recordsCount }) => recordsCount)).toEqual([5_000, 5_000]);
  const { nextToken } = first;
  const second = await it.logs.send(
    new DescribeLookupTablesCommand({ lookupTableNamePrefix: "page_", maxResults: 2, nextToken }),
  );
  expect(second.lookupTables?.map(({ lookupTableName }) => lookupTableName)).toEqual(["page_3"]);
  expect(second.nextToken).toBeUndefined();
});

test.each<[string, Partial<CreateLookupTableCommandInput>, string]>([
  ["no-dashes", { tableBody: "a\n1\n" }, "InvalidParameterException"],
  ["neither", {}, "InvalidParameterException"],
  ["both", { tableBody: "a\n1\n", queryId: "q" }, "InvalidParameterException"],
  ["uneven", { tableBody: "a,b\n1\n" }, "InvalidParameterException"],
  ["twice", { tableBody: "a,a\n1,2\n" }, "InvalidParameterException"],
  ["quotes", { tableBody: 'a\n"1\n' }, "InvalidParameterException"],
  ["unknown", { queryId: "none" }, "ResourceNotFoundException"],
])("%s is no table", async (name, more, error) => {
  await expect(create(name, more)).rejects.toMatchObject({ name: error });
});

test("lookup takes what a table says of a row, cidrlookup what that of the smallest range says", async () => {
  await create("people", { tableBody: "id,org,name,mail\n1,x,Ann,a@x\n2,x,Bob,b@x\n2,y,Eve,e@y\n" });
  await expect(create("people", { tableBody: "a\n1\n" })).rejects.toMatchObject({
    name: "ResourceAlreadyExistsException",
  });
  const shown = "| sort id asc | display id, name, mail";
  expect(await rows(`fields id | lookup people id, org OUTPUT name, mail ${shown}`)).toEqual([
    { id: "1", name: "Ann", mail: "a@x" },
    { id: "2", name: "Bob", mail: "b@x" },
    { id: "3" },
  ]);
  expect(
    await rows(`lookup people id as id OUTPUTNEW name, mail as address | display name, address`),
  ).toEqual([{}, { name: "Bob", address: "b@x" }, { name: "own", address: "a@x" }]);
  await create("networks", {
    tableBody: "region,range\nall,10.0.0.0/8\nwest,10.1.0.0/16\nsix,2001:db8::/32\nbad,nothing\n",
  });
  const region = (from: string) =>
    rows(`cidrlookup networks ${from} OUTPUT region | sort ip asc | display region`);
  const expected = [{ region: "west" }, { region: "all" }, { region: "six" }];
  expect(await region("ip")).toEqual(expected);
  expect(await region("ip as range")).toEqual(expected);
  await expect(rows("lookup nobody id OUTPUT name")).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Lookup table 'nobody' does not exist.",
  });
  await expect(rows("lookup people id OUTPUT age")).rejects.toMatchObject({
    name: "InvalidParameterException",
    message: "Lookup table 'people' has no column 'age'.",
  });
});

test("what a query came to becomes a table", async () => {
  const { queryId } = await ask("stats count(*) as n by org | sort org asc");
  await create("orgs", { queryId });
  const { tableBody } = await it.logs.send(new GetLookupTableCommand({ lookupTableArn: `${ARN}orgs` }));
  expect(tableBody).toBe("org,n\nx,2\ny,1\n");
  expect(await rows("filter id = '3' | lookup orgs org OUTPUT n | display n")).toEqual([{ n: "1" }]);
});
