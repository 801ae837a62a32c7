import type { NormalizedSchema } from "@smithy/core/schema";
import type { TimeUnit } from "./cbor.ts";
import { kindOf } from "./schema.ts";
import { type Read, readDocument, unexpected, ValueCodec, type Write } from "./value-codec.ts";
import { asBytes, asDate, dateOfSeconds } from "./values.ts";

/** Between members and the values that CBOR has; `unit`: of timestamps without a tag. */
export function createCborCodec(unit: TimeUnit): ValueCodec {
  return new ValueCodec({
    useJsonName: false,
    simpleReader: (schema) => simpleReader(schema, unit),
    simpleWriter,
  });
}

function simpleReader(schema: NormalizedSchema, unit: TimeUnit): Read {
  switch (kindOf(schema)) {
    case "string":
      return typed("a String", (value) => typeof value === "string");
    case "boolean":
      return typed("a Boolean", (value) => typeof value === "boolean");
    case "number":
      return (value) => {
        if (typeof value === "number" || typeof value === "bigint") return Number(value);
        throw unexpected(value, "an Integer");
      };
    case "bigInteger":
      return (value) => {
        if (typeof value === "bigint" || Number.isInteger(value)) return BigInt(value as number);
        throw unexpected(value, "a BigInteger");
      };
    case "blob":
      return typed("a Blob", (value) => value instanceof Uint8Array);
    case "timestamp":
      return (value) => {
        if (value instanceof Date) return value;
        if (typeof value === "number") return dateOfSeconds(unit === "seconds" ? value : value / 1000);
        throw unexpected(value, "a Timestamp");
      };
    case "document":
      return readDocument;
    default:
      return (value) => value;
  }
}

function typed(wanted: string, fits: (value: unknown) => boolean): Read {
  return (value) => {
    if (fits(value)) return value;
    throw unexpected(value, wanted);
  };
}

function simpleWriter(schema: NormalizedSchema): Write {
  switch (kindOf(schema)) {
    case "blob":
      return asBytes;
    case "timestamp":
      return asDate;
    default:
      return (value) => value;
  }
}
