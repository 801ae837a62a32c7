import type { NormalizedSchema } from "@smithy/core/schema";
import { writeBlob } from "./json-bytes.ts";
import { kindOf, timestampFormat } from "./schema.ts";
import {
  type Read,
  readDocument,
  unexpected,
  ValueCodec,
  type ValueRules,
  type Write,
} from "./value-codec.ts";
import {
  asBytes,
  asDate,
  dateOfSeconds,
  formatTimestamp,
  parseBase64,
  parseTimestamp,
  specialNumber,
} from "./values.ts";

/** @param useJsonName whether the `jsonName` trait counts: it does in REST, not in RPC. */
export function createJsonCodec(useJsonName: boolean): ValueCodec {
  return new ValueCodec(jsonRules(useJsonName));
}

export function jsonRules(useJsonName: boolean): ValueRules {
  return { useJsonName, simpleReader, simpleWriter };
}

function simpleReader(schema: NormalizedSchema): Read {
  switch (kindOf(schema)) {
    case "string":
      return (value) => {
        if (typeof value === "string") return value;
        throw unexpected(value, "a String");
      };
    case "boolean":
      return (value) => {
        if (typeof value === "boolean") return value;
        throw unexpected(value, "a Boolean");
      };
    case "number":
      return (value) => {
        if (typeof value === "number") return value;
        const special = typeof value === "string" ? specialNumber(value) : undefined;
        if (special !== undefined) return special;
        throw unexpected(value, "an Integer");
      };
    case "bigInteger":
      return (value) => {
        if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
        throw unexpected(value, "a BigInteger");
      };
    case "blob":
      return (value) => {
        if (typeof value === "string") return parseBase64(value);
        throw unexpected(value, "a Blob");
      };
    case "timestamp":
      return (value) => {
        if (typeof value === "number") return dateOfSeconds(value);
        if (typeof value === "string") return parseTimestamp(value);
        throw unexpected(value, "a Timestamp");
      };
    case "document":
      return readDocument;
    default:
      return (value) => value;
  }
}

function simpleWriter(schema: NormalizedSchema): Write {
  switch (kindOf(schema)) {
    case "number":
      return (value) => (Number.isFinite(value) ? value : String(value));
    case "bigInteger":
      return (value) => Number(value);
    case "blob":
      return (value) => writeBlob(asBytes(value));
    case "timestamp": {
      const format = timestampFormat(schema, "epoch-seconds");
      if (format === "epoch-seconds") return (value) => asDate(value).getTime() / 1000;
      return (value) => formatTimestamp(asDate(value), format);
    }
    default:
      return (value) => value;
  }
}
