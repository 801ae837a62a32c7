import { Fault } from "../kernel/faults.ts";
import type { FaultModel, ServiceModel } from "./protocol.ts";
import { membersOf } from "./schema.ts";
import { Unreadable } from "./values.ts";

/** A fault as the wire shows it. */
export interface Failure {
  /** Undefined for a code that the service does not model. */
  readonly model: FaultModel | undefined;
  /** The shape's name, or the code of a fault without shape. */
  readonly name: string;
  /** What the Query protocol calls it. */
  readonly code: string;
  readonly status: number;
  readonly sender: boolean;
  readonly message: string;
  /** The error structure's members, its message among them. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Joins a fault with what the service's model says about it. */
export function failureOf(
  service: ServiceModel | undefined,
  fault: Fault,
  spoken: "query" | "other" = "other",
): Failure {
  const model = service?.faults.get(fault.code);
  const modelled = (spoken === "query" ? model?.queryStatus : undefined) ?? model?.status;
  const status = modelled ?? fault.status;
  const members: Record<string, unknown> = { ...fault.members };
  let messageName = "message";
  if (model !== undefined) {
    const names = membersOf(model.schema).map(({ name }) => name);
    messageName = names.find((name) => name.toLowerCase() === "message") ?? "message";
    // Lambda's errors say on whose side they are.
    if (names.includes("Type")) members.Type ??= status < 500 ? "User" : "Service";
  }
  const message = (spoken === "query" ? fault.query.message : undefined) ?? fault.message;
  if (message !== "") members[messageName] ??= message;
  return {
    model,
    name: model?.name ?? fault.code,
    code: model?.code ?? fault.query.code ?? fault.code,
    status,
    sender: status < 500,
    message,
    members,
  };
}

/** Runs a decoder; what it cannot read becomes the protocol's own fault. */
export function decoding<Result>(decode: () => Result, fault: (reason: Unreadable) => Fault): Result {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Unreadable) throw fault(error);
    throw error;
  }
}

export function serializationFault(reason: Unreadable): Fault {
  return new Fault("SerializationException", reason.message);
}
