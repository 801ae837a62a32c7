import type { NormalizedSchema } from "@smithy/core/schema";
import type { Constraints } from "../kernel/constraints.ts";
import { Fault } from "../kernel/faults.ts";
import { jsonRules } from "./json-codec.ts";
import type { OperationModel } from "./protocol.ts";
import { kindOf } from "./schema.ts";
import { validate } from "./validate.ts";
import { ValueCodec } from "./value-codec.ts";
import { Unreadable } from "./values.ts";

const rules = jsonRules(false);

/** Members have the SDK's names, and bytes are plain text. */
const codec = new ValueCodec({
  ...rules,
  simpleReader: (schema: NormalizedSchema) =>
    kindOf(schema) === "blob"
      ? (value) => new TextEncoder().encode(textOf(value))
      : rules.simpleReader(schema),
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
  const input = read(operation, json);
  validate(operation, constraints, input);
  return input;
}

function read(operation: OperationModel, json: unknown): Record<string, unknown> {
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
