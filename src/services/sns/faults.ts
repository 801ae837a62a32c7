import type * as sdk from "@aws-sdk/client-sns";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

/** `Invalid parameter: <what>`, as most of the service's refusals begin. */
export function invalid(what: string): Fault {
  return fault("InvalidParameterException", `Invalid parameter: ${what}`);
}

/** Of attributes given at once, AWS says that they are meant; of one that is set alone it does not. */
export function invalidAttribute(reason: string, among: boolean): Fault {
  return invalid(among ? `Attributes Reason: ${reason}` : reason);
}

export function notForThisTopic(parameter: string): Fault {
  return invalid(
    `${parameter} Reason: The request includes ${parameter} parameter that is not valid for this topic type`,
  );
}

export function noSuchTopic(): Fault {
  return fault("NotFoundException", "Topic does not exist");
}

export function noSuchSubscription(): Fault {
  return fault("NotFoundException", "Subscription does not exist");
}

/** Says by name what the platform does not have. */
export function notPart(what: string, consequence: string): Fault {
  const text = `${what} is not part of this platform: ${consequence}.`;
  return new Fault("NotImplemented", text, { status: 501 });
}
