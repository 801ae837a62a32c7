// The pure rules, where going through the wire would add nothing.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checksumOfParts, digesterOf } from "./checksums.ts";
import { CRC32, CRC64NVME, Crc64Nvme, combineCrc } from "./crc.ts";
import { coversEvent, eventDocument, isWanted, nextSequencer } from "./events.ts";
import { listPage, type Source } from "./listing.ts";
import { afterPrefix, bucketRegion, encodeKey, isBucketName, parseCopySource } from "./names.ts";
import { checkTogether, notificationOf } from "./notifications.ts";
import { parseCopyRange, parseRange } from "./ranges.ts";

const crc64 = (bytes: Uint8Array) => {
  const crc = new Crc64Nvme();
  crc.update(bytes);
  return crc.digest();
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
/** Bytes that look like chance and are the same every time. */
const noise = (length: number) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
      createHash("sha256").update(String(index)).digest(),
    ),
  ).subarray(0, length);

describe("CRC-64/NVME", () => {
  test("agrees with the catalogue's check value and the empty text", () => {
    expect(hex(crc64(Buffer.from("123456789")))).toBe("ae8b14860a799888");
    expect(hex(crc64(Buffer.alloc(0)))).toBe("0000000000000000");
  });

  test("agrees with a bit-by-bit computation, however the bytes are cut", () => {
    const bytes = noise(1000);
    let expected = 0xffffffffffffffffn;
    for (const byte of bytes) {
      expected ^= BigInt(byte);
      for (let bit = 0; bit < 8; bit++) {
        expected = expected & 1n ? (expected >> 1n) ^ CRC64NVME.polynomial : expected >> 1n;
      }
    }
    expected ^= 0xffffffffffffffffn;
    for (const cut of [0, 1, 7, 8, 9, 500, 999, 1000]) {
      const crc = new Crc64Nvme();
      crc.update(bytes.subarray(0, cut));
      crc.update(bytes.subarray(cut));
      expect(hex(crc.digest())).toBe(expected.toString(16).padStart(16, "0"));
    }
  });

  test("combines checks of pieces into that of the whole", () => {
    const bytes = noise(5000);
    for (const cut of [0, 1, 777, 4999, 5000]) {
      const [first, second] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(hex(combineCrc(CRC64NVME, crc64(first), crc64(second), second.length))).toBe(hex(crc64(bytes)));
      const of = (part: Uint8Array) => {
        const sum = Buffer.alloc(4);
        sum.writeUInt32BE(crc32(part));
        return sum;
      };
      expect(hex(combineCrc(CRC32, of(first), of(second), second.length))).toBe(hex(of(bytes)));
    }
  });
});

test("the check values of the other checksums", async () => {
  const values = { CRC32: "cbf43926", CRC32C: "e3069283", CRC64NVME: "ae8b14860a799888" } as const;
  for (const [algorithm, expected] of Object.entries(values)) {
    const digester = await digesterOf(algorithm as keyof typeof values);
    digester.update(Buffer.from("1234"));
    digester.update(Buffer.from("56789"));
    expect(hex(digester.digest())).toBe(expected);
  }
});

test("full-object checksums of parts are those of their bytes", async () => {
  const parts = [noise(300), noise(20), noise(0), noise(77)];
  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME"] as const) {
    const sum = async (bytes: Uint8Array) => {
      const digester = await digesterOf(algorithm);
      digester.update(bytes);
      return Buffer.from(digester.digest()).toString("base64");
    };
    const summed = await Promise.all(
      parts.map(async (part) => ({ checksum: await sum(part), sizeBytes: part.length })),
    );
    expect(await checksumOfParts(algorithm, "FULL_OBJECT", summed)).toBe(await sum(Buffer.concat(parts)));
  }
});

test("bucket names", () => {
  for (const name of ["abc", "a.b-c1", "0ab", "x".repeat(63), "my-bucket.example.com"]) {
    expect(isBucketName(name), name).toBe(true);
  }
  const wrong = [
    "ab",
    "x".repeat(64),
    "Abc",
    "a_b",
    "-abc",
    "abc-",
    ".abc",
    "a..b",
    "192.168.5.4",
    "xn--abc",
  ];
  for (const name of [...wrong, "abc-s3alias", "abc--x-s3", "sthree-abc", "a b", "a/b"]) {
    expect(isBucketName(name), name).toBe(false);
  }
});

test("a new bucket's region", () => {
  expect(bucketRegion("us-east-1", undefined)).toBe("us-east-1");
  expect(bucketRegion("us-east-1", "eu-central-1")).toBe("eu-central-1");
  expect(bucketRegion("us-east-1", "EU")).toBe("eu-west-1");
  expect(bucketRegion("eu-west-1", "eu-west-1")).toBe("eu-west-1");
  expect(() => bucketRegion("eu-west-1", undefined)).toThrow(/^The unspecified location constraint/);
  expect(() => bucketRegion("eu-west-1", "us-west-2")).toThrow(/^The us-west-2 location constraint/);
  expect(() => bucketRegion("us-east-1", "us-east-1")).toThrow("location-constraint is not valid");
  expect(() => bucketRegion("us-east-1", "nowhere")).toThrow("location-constraint is not valid");
});

test("ranges", () => {
  expect(parseRange("bytes=0-4", 10)).toEqual({ start: 0, end: 5 });
  expect(parseRange("bytes=5-", 10)).toEqual({ start: 5, end: 10 });
  expect(parseRange("bytes=5-99", 10)).toEqual({ start: 5, end: 10 });
  expect(parseRange("bytes=-3", 10)).toEqual({ start: 7, end: 10 });
  expect(parseRange("bytes=-99", 10)).toEqual({ start: 0, end: 10 });
  for (const odd of ["bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=-", "nonsense"]) {
    expect(parseRange(odd, 10), odd).toBeUndefined();
  }
  for (const [out, size] of [
    ["bytes=10-", 10],
    ["bytes=-0", 10],
    ["bytes=0-0", 0],
    ["bytes=-1", 0],
  ] as const) {
    expect(() => parseRange(out, size), out).toThrow("not satisfiable");
  }
  expect(parseCopyRange("bytes=0-9", 10)).toEqual({ start: 0, end: 10 });
  for (const wrong of ["bytes=1-0", "0-8", "bytes=-5", "bytes=3-", "bytes=0-10", "bytes=10-11"]) {
    expect(() => parseCopyRange(wrong, 10), wrong).toThrow();
  }
});

test("copy sources", () => {
  expect(parseCopySource("b/k")).toEqual({ bucket: "b", key: "k" });
  expect(parseCopySource("/b/a%2Fb%20c?versionId=null")).toEqual({
    bucket: "b",
    key: "a/b c",
    versionId: "null",
  });
  expect(parseCopySource("b/what?is=this")).toEqual({ bucket: "b", key: "what?is=this" });
  for (const wrong of ["", "b", "b/", "/b", "%zz/k"]) expect(() => parseCopySource(wrong), wrong).toThrow();
});

test("keys in listings and events", () => {
  expect(encodeKey("a b/ü*_-.~!'()+&=")).toBe("a+b/%C3%BC*_-.%7E%21%27%28%29%2B%26%3D");
  expect(afterPrefix("a/")).toBe("a0");
  expect(afterPrefix("a\u{10ffff}")).toBe("b");
  expect(afterPrefix("\u{d7ff}")).toBe("\u{e000}");
  expect(afterPrefix("\u{10ffff}")).toBeUndefined();
});

describe("a page of a listing", () => {
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const sourceOf = (keys: readonly string[]) => {
    const sorted = [...keys].sort(order);
    let read = 0;
    const source: Source<number> = async function* (from) {
      for (const key of sorted) {
        const at = order(key, from.key);
        if (at < 0 || (at === 0 && !from.inclusive)) continue;
        read++;
        yield [key, 0];
      }
    };
    return { source, read: () => read };
  };
  const none = { prefix: "", delimiter: "", after: "", limit: 1000 };

  test("rolls keys up and passes them over with one seek", async () => {
    const many = Array.from({ length: 500 }, (_, index) => `a/${index}`);
    const { source, read } = sourceOf([...many, "b", "c/1", "c/2"]);
    const page = await listPage(source, { ...none, delimiter: "/" });
    expect(page.prefixes).toEqual(["a/", "c/"]);
    expect(page.entries.map(([key]) => key)).toEqual(["b"]);
    expect(read()).toBeLessThan(6);
  });

  test("pages give every key and prefix once, in the order of bytes", async () => {
    const keys = ["a", "b/1", "b/2", "b0", "ü", "z/\u{1f600}", "z/\uffff", "\u{1f600}/x", "\uffee"];
    for (const delimiter of ["", "/"]) {
      for (const limit of [1, 2, 3]) {
        const seen: string[] = [];
        let after = "";
        for (;;) {
          const page = await listPage(sourceOf(keys).source, { ...none, delimiter, limit, after });
          seen.push(...[...page.entries.map(([key]) => key), ...page.prefixes].sort(order));
          if (!page.truncated) break;
          after = page.last;
        }
        const expected = new Set(keys.map((key) => (delimiter ? key.replace(/\/.*$/u, "/") : key)));
        expect(seen).toEqual([...expected].sort(order));
      }
    }
  });

  test("a last page that is just full is not truncated; no keys asked for are none", async () => {
    const { source } = sourceOf(["a", "b"]);
    expect(await listPage(source, { ...none, limit: 2 })).toMatchObject({ truncated: false, last: "b" });
    expect(await listPage(source, { ...none, limit: 0 })).toMatchObject({ truncated: false, entries: [] });
  });
});

describe("notifications", () => {
  const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:thumb";
  const one = (events: string[], prefix = "", suffix = "") => ({
    id: `${events}${prefix}${suffix}`,
    ...notificationOf({
      LambdaFunctionArn: functionArn,
      Events: events as never,
      Filter: {
        Key: {
          FilterRules: [
            { Name: "prefix", Value: prefix },
            { Name: "SUFFIX" as never, Value: suffix },
          ],
        },
      },
    }),
  });

  test("match by event and by both ends of the key", () => {
    expect(coversEvent("s3:ObjectCreated:*", "s3:ObjectCreated:Put")).toBe(true);
    expect(coversEvent("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete")).toBe(false);
    const wanted = one(["s3:ObjectCreated:*"], "in/", ".jpg");
    expect(isWanted(wanted, "ObjectCreated:Copy", "in/a.jpg")).toBe(true);
    expect(isWanted(wanted, "ObjectCreated:Copy", "out/a.jpg")).toBe(false);
    expect(isWanted(wanted, "ObjectCreated:Copy", "in/a.png")).toBe(false);
    expect(isWanted(wanted, "ObjectRemoved:Delete", "in/a.jpg")).toBe(false);
  });

  test("may not overlap", () => {
    const put = "s3:ObjectCreated:Put";
    const any = "s3:ObjectCreated:*";
    expect(() => checkTogether([one([put]), one([any], "a")])).toThrow("ambiguously defined");
    expect(() => checkTogether([one([put], "a", "jpg"), one([any], "ab", ".jpg")])).toThrow("ambiguously");
    expect(() => checkTogether([one([put]), { ...one([any]), id: "x" }])).toThrow("Configurations overlap");
    expect(() => checkTogether([one([put], "a"), one([put], "a")])).toThrow("IDs must be unique");
    checkTogether([one([put], "a"), one([put], "b"), one(["s3:ObjectRemoved:*"])]);
    checkTogether([one([put], "a", "jpg"), one([put], "a", "png")]);
  });

  test("refuse what AWS refuses", () => {
    const lambda = { LambdaFunctionArn: functionArn, Events: ["s3:ObjectCreated:*" as const] };
    expect(() => notificationOf({ ...lambda, LambdaFunctionArn: "x" })).toThrow("could not be parsed");
    expect(() => notificationOf({ ...lambda, Events: ["s3:Nothing" as never] })).toThrow("not supported");
    expect(() => notificationOf({ ...lambda, Events: [] })).toThrow("not well-formed");
    const rule = (Name: string) => ({ Name: Name as never, Value: "x" });
    const filtered = (...names: string[]) => ({
      ...lambda,
      Filter: { Key: { FilterRules: names.map(rule) } },
    });
    expect(() => notificationOf(filtered("middle"))).toThrow("must be either prefix or suffix");
    expect(() => notificationOf(filtered("prefix", "Prefix"))).toThrow("more than one prefix rule");
  });

  test("sequencers grow and sort as text", () => {
    const first = nextSequencer(1_700_000_000_000, undefined);
    const second = nextSequencer(1_700_000_000_000, first);
    const third = nextSequencer(1_700_000_000_001, second);
    expect([third, first, second].sort()).toEqual([first, second, third]);
    expect(first).toMatch(/^[0-9A-F]{16}$/);
  });

  test("the record is AWS's", () => {
    const cause = {
      region: "eu-west-1",
      timeMs: 0,
      requestId: "request",
      account: "000000000000",
      userId: "AIDA",
      bucket: "photos",
      bucketAccount: "000000000000",
    };
    const event = {
      name: "ObjectCreated:Put",
      key: "a b/ü.jpg",
      sequencer: "00",
      sizeBytes: 3,
      etag: "e",
    } as const;
    expect(JSON.parse(JSON.stringify(eventDocument(cause, event, "thumbs")))).toEqual({
      Records: [
        {
          eventVersion: "2.1",
          eventSource: "aws:s3",
          awsRegion: "eu-west-1",
          eventTime: "1970-01-01T00:00:00.000Z",
          eventName: "ObjectCreated:Put",
          userIdentity: { principalId: "AWS:AIDA" },
          requestParameters: { sourceIPAddress: "127.0.0.1" },
          responseElements: { "x-amz-request-id": "request", "x-amz-id-2": expect.any(String) },
          s3: {
            s3SchemaVersion: "1.0",
            configurationId: "thumbs",
            bucket: {
              name: "photos",
              ownerIdentity: { principalId: expect.stringMatching(/^A[0-9A-F]{13}$/) },
              arn: "arn:aws:s3:::photos",
            },
            object: { key: "a+b/%C3%BC.jpg", size: 3, eTag: "e", sequencer: "00" },
          },
        },
      ],
    });
  });
});
