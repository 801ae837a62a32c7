import type * as sdk from "@aws-sdk/client-sqs";
import { Fault } from "../../kernel/faults.ts";
import { faultsOf } from "../define.ts";

/** Errors the model knows. */
export const fault = faultsOf<typeof sdk>();

/** No shape describes it: clients of the Query protocol know it by another name than those of JSON. */
export function invalidParameter(message: string): Fault {
  return new Fault("InvalidParameterValueException", message, { query: { code: "InvalidParameterValue" } });
}

/** The same for a value that does not fit its parameter, as AWS words it. */
export function invalidValue(value: unknown, parameter: string, reason: string): Fault {
  return invalidParameter(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missingParameter(parameter: string): Fault {
  return new Fault(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${parameter}.`,
    { query: { code: "MissingParameter" } },
  );
}

/** The Query protocol still speaks of its WSDL. */
export function noSuchQueue(): Fault {
  return new Fault("QueueDoesNotExist", "The specified queue does not exist.", {
    query: { message: "The specified queue does not exist for this wsdl version." },
  });
}

export function badReceiptHandle(handle: string): Fault {
  return fault(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
}
