// CBOR as the SDKs for Java speak it, byte by byte.
import { RegisterStreamConsumerCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { readCbor, writeCbor } from "../../protocol/cbor.ts";
import { useKinesis } from "./kinesis.fixture.ts";

const t = useKinesis();
const CBOR = "application/x-amz-cbor-1.1";

function send(operation: string, body: Uint8Array): Promise<Response> {
  return fetch(t.nuage.endpoint, {
    method: "POST",
    headers: { "content-type": CBOR, "x-amz-target": `Kinesis_20131202.${operation}` },
    body,
  });
}

async function call(operation: string, input: object): Promise<Record<string, unknown>> {
  const answer = await send(operation, writeCbor(input, "milliseconds"));
  expect(answer.headers.get("content-type")).toBe(CBOR);
  return readCbor(await bytesOf(answer), "milliseconds") as Record<string, unknown>;
}

const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

test("bytes go as byte strings, and times as milliseconds behind tag 1", async () => {
  await t.create("bytes");
  const { SequenceNumber } = await call("PutRecord", {
    StreamName: "bytes",
    PartitionKey: "key",
    Data: Buffer.from([1, 2, 255]),
  });
  expect(SequenceNumber).toMatch(/^\d{56}$/);
  const ShardIterator = await t.iterator("bytes");
  const answer = await bytesOf(await send("GetRecords", writeCbor({ ShardIterator })));
  expect(answer.toString("hex")).toContain("430102ff");
  // Records carry their trace in process, and nowhere else.
  expect(answer.includes("Root=")).toBe(false);
  const [page] = (await t.read(ShardIterator)).Records ?? [];
  const millis = Buffer.alloc(8);
  millis.writeBigUInt64BE(BigInt(page?.ApproximateArrivalTimestamp?.getTime() ?? 0));
  expect(answer.toString("hex")).toContain(`c11b${millis.toString("hex")}`);
});

test.each([
  ["with its tag", (ms: string) => `c11b${ms}`],
  ["without", (ms: string) => `1b${ms}`],
])("a time that is sent is read in milliseconds, %s", async (name, encode) => {
  const stream = `times-${name.replaceAll(" ", "-")}`;
  await t.create(stream);
  await t.put(stream, "a");
  await t.nuage.advance(10_000);
  await t.put(stream, "b");
  const millis = Buffer.alloc(8);
  millis.writeBigUInt64BE(BigInt(Math.floor(t.nuage.clock.now() - 5_000)));
  const rest = writeCbor({
    StreamName: stream,
    ShardId: "shardId-000000000000",
    ShardIteratorType: "AT_TIMESTAMP",
  });
  // A map of four: the three and the time.
  const body = Buffer.concat([
    Buffer.from([0xa4]),
    rest.subarray(1),
    writeCbor("Timestamp"),
    Buffer.from(encode(millis.toString("hex")), "hex"),
  ]);
  const { ShardIterator } = readCbor(await bytesOf(await send("GetShardIterator", body))) as {
    ShardIterator: string;
  };
  const { Records = [] } = await t.read(ShardIterator);
  expect(Records.map(({ Data }) => Buffer.from(Data ?? []).toString())).toEqual(["b"]);
});

test("faults have their type and message", async () => {
  const answer = await send("DescribeStream", writeCbor({ StreamName: "nothing" }));
  expect(answer.status).toBe(400);
  expect(readCbor(await bytesOf(answer))).toEqual({
    __type: "ResourceNotFoundException",
    message: "Stream nothing under account 000000000000 not found.",
  });
});

test("bytes that are no CBOR are refused", async () => {
  for (const bytes of [
    Buffer.from([0xff]),
    Buffer.from([0xa1, 0x61]),
    Buffer.from('{"a":1}'),
    Buffer.from("1a"),
  ]) {
    const answer = await send("DescribeStream", bytes);
    expect(answer.status).toBe(400);
    expect(readCbor(await bytesOf(answer))).toMatchObject({ __type: "SerializationException" });
  }
  expect(await call("DescribeStream", { StreamName: 7 })).toMatchObject({ __type: "SerializationException" });
});

test("who subscribes in CBOR is told in CBOR what happens", async () => {
  await t.create("subscribed");
  await t.put("subscribed", "hello");
  const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/subscribed";
  const register = new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: "c" });
  const ConsumerARN = (await t.kinesis.send(register)).Consumer?.ConsumerARN;
  const answer = await send(
    "SubscribeToShard",
    writeCbor({
      ConsumerARN,
      ShardId: "shardId-000000000000",
      StartingPosition: { Type: "TRIM_HORIZON" },
    }),
  );
  expect(answer.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
  const reader = answer.body?.getReader();
  let bytes = Buffer.alloc(0);
  while (!bytes.includes("SubscribeToShardEvent")) {
    bytes = Buffer.concat([bytes, (await reader?.read())?.value ?? Buffer.alloc(0)]);
  }
  await reader?.cancel();
  const first = bytes.readUInt32BE(0);
  const payloadOf = (from: number) => {
    const start = from + 12 + bytes.readUInt32BE(from + 4);
    return readCbor(bytes.subarray(start, from + bytes.readUInt32BE(from) - 4), "milliseconds");
  };
  expect(bytes.subarray(0, first).includes("initial-response")).toBe(true);
  expect(payloadOf(0)).toEqual({});
  expect(bytes.includes("Root=")).toBe(false);
  expect(payloadOf(first)).toMatchObject({
    MillisBehindLatest: 0,
    Records: [
      { Data: Buffer.from("hello"), PartitionKey: "key", ApproximateArrivalTimestamp: expect.any(Date) },
    ],
  });
});
