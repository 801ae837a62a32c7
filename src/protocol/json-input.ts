import type { NormalizedSchema } from "@smithy/core/schema";
import type { Constraints } from "../kernel/constraints.ts";
import { Fault } from "../kernel/faults.ts";
import { jsonRules } from "./json-codec.ts";
import type { OperationModel } from "./protocol.ts";
import { kindOf } from "./schema.ts";
import { validate } from "./validate.ts";
import { type Read, ValueCodec } from "./value-codec.ts";
import { Unreadable } from "./values.ts";

const rules = jsonRules(false);

/** Members have the SDK's names, and bytes are plain text. */
const codec = new ValueCodec({ ...rules, simpleReader: plainReader });

function plainReader(schema: NormalizedSchema): Read {
  return kindOf(schema) === "blob"
    ? (value) => new TextEncoder().encode(textOf(value))
    : rules.simpleReader(schema);
}

const NUMBER = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/;

/** Templates may write numbers and truths as text, and text as either, or as the JSON that it is to be. */
const loose = new ValueCodec({
  ...rules,
  simpleReader(schema: NormalizedSchema) {
    const read = plainReader(schema);
    switch (kindOf(schema)) {
      case "number":
        return (value, depth) =>
          read(typeof value === "string" && NUMBER.test(value) ? Number(value) : value, depth);
      case "boolean":
        return (value, depth) => read(value === "true" || (value === "false" ? false : value), depth);
      case "string":
        return (value) => textOf(value);
      default:
        return read;
    }
  },
});

/**
 * An operation's input from a JSON value as people write it into schedules, checked as a request's is.
 * Throws the fault that the service would answer.
 */
export function readJsonInput(
  operation: OperationModel,
  constraints: Constraints,
  json: unknown,
): Record<string, unknown> {
  return read(codec, operation, constraints, json);
}

/** The same from properties as templates write them. */
export function readProperties(
  operation: OperationModel,
  constraints: Constraints,
  properties: unknown,
): Record<string, unknown> {
  return read(loose, operation, constraints, properties);
}

function read(
  codec: ValueCodec,
  operation: OperationModel,
  constraints: Constraints,
  json: unknown,
): Record<string, unknown> {
  const input = decode(codec, operation, json);
  validate(operation, constraints, input);
  return input;
}

function decode(codec: ValueCodec, operation: OperationModel, json: unknown): Record<string, unknown> {
  try {
    return codec.reader(operation.input)(json) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof Unreadable) throw new Fault("SerializationException", error.message);
    throw error;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
