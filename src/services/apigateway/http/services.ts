import { Fault } from "../../../kernel/faults.ts";
import type { Context } from "../../define.ts";
import type { IntegrationRecord } from "../v2/records.ts";
import type { ProxyAnswer } from "./answer.ts";
import type { HttpCall } from "./call.ts";
import { evaluate, requestLookup } from "./mapping.ts";
import { queryAnswer, queryFault } from "./query-answers.ts";

// First-class integrations: an operation of another service, its input made of the request.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html

type Called =
  | { readonly kind: "answered"; readonly answer: ProxyAnswer; readonly error?: string }
  | { readonly kind: "missing"; readonly error: string };

type Parameters = Readonly<Record<string, string>>;

interface Service {
  readonly call: (context: Context, given: Parameters) => Promise<object>;
  /** Answers in the service's old Query protocol, as SQS's integrations have them; JSON otherwise. */
  readonly query?: string;
}

const SERVICES: Readonly<Record<string, Service>> = {
  "SQS-SendMessage": { call: sqs("SendMessage"), query: "SendMessage" },
  "SQS-ReceiveMessage": { call: sqs("ReceiveMessage"), query: "ReceiveMessage" },
  "SQS-DeleteMessage": { call: sqs("DeleteMessage"), query: "DeleteMessage" },
  "SQS-PurgeQueue": { call: sqs("PurgeQueue"), query: "PurgeQueue" },
  "Kinesis-PutRecord": {
    async call(context, { Data = "", Region: _, ...given }) {
      const read = await context.inputs.read("kinesis", "PutRecord", { ...given, Data: "" });
      return context.call("kinesis", "PutRecord", { ...(read as object), Data: bytesOf(Data) } as never);
    },
  },
  "EventBridge-PutEvents": {
    async call(context, { Region: _, Time, Resources, ...given }) {
      const entry = {
        ...given,
        ...(Time === undefined ? {} : { Time }),
        ...(Resources === undefined ? {} : { Resources: listOf(Resources) }),
      };
      return run(context, "events", "PutEvents", { Entries: [entry] });
    },
  },
};

/** Those that AWS has and this platform does not. */
const MISSING: Readonly<Record<string, string>> = {
  AppConfig: "AWS AppConfig",
  StepFunctions: "AWS Step Functions",
};

/** Calls what a first-class integration names, in the integration's role. */
export async function callService(call: HttpCall, integration: IntegrationRecord): Promise<Called> {
  const { IntegrationSubtype: subtype = "", RequestParameters: rules = {} } = integration;
  const service = SERVICES[subtype];
  if (!service) {
    const name = MISSING[subtype.slice(0, subtype.indexOf("-"))] ?? subtype;
    return { kind: "missing", error: `${name} is not part of this platform: ${subtype} cannot be called.` };
  }
  const lookup = requestLookup(call);
  const given: Record<string, string> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = evaluate(rule, lookup);
    if (value !== undefined) given[name] = value;
  }
  const { account, region } = call.stage;
  const context = call.world.as({ account, region: given.Region ?? region }, call.request.trace);
  const { requestId } = context;
  call.outcome.integrationRequestId = requestId;
  try {
    const output = await service.call(context, given);
    const answer = service.query ? queryAnswer(service.query, output, requestId) : jsonAnswer(200, output);
    return { kind: "answered", answer };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const answer = service.query
      ? queryFault(error, requestId)
      : jsonAnswer(error.status, { __type: error.code, message: error.message });
    return { kind: "answered", answer, error: error.message };
  }
}

function jsonAnswer(status: number, output: object): ProxyAnswer {
  const headers: [string, string][] = [["content-type", "application/x-amz-json-1.1"]];
  return { status, headers, body: JSON.stringify(output) };
}

/** Numbers and maps come as texts from a mapping. */
function sqs(operation: "SendMessage" | "ReceiveMessage" | "DeleteMessage" | "PurgeQueue"): Service["call"] {
  return (context, { Region: _, ...given }) => {
    const input: Record<string, unknown> = { ...given };
    for (const name of ["DelaySeconds", "MaxNumberOfMessages", "VisibilityTimeout", "WaitTimeSeconds"]) {
      if (given[name] !== undefined) input[name] = Number(given[name]);
    }
    for (const name of ["MessageAttributes", "MessageSystemAttributes"]) {
      if (given[name] !== undefined) input[name] = jsonOf(given[name]);
    }
    for (const name of ["AttributeNames", "MessageAttributeNames"]) {
      if (given[name] !== undefined) input[name] = listOf(given[name]);
    }
    return run(context, "sqs", operation, input);
  };
}

async function run(context: Context, service: string, operation: string, input: unknown): Promise<object> {
  const read = await context.inputs.read(service, operation, input);
  return context.call(service as "sqs", operation as "SendMessage", read as never);
}

function bytesOf(base64: string): Uint8Array {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") === base64) return bytes;
  throw new Fault("SerializationException", "The data is not in base64.", { status: 400 });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Fault("InvalidParameterValue", `The value is no JSON: ${text}`);
  }
}

/** A list in JSON, or one name. */
function listOf(text: string): unknown {
  return text.trimStart().startsWith("[") ? jsonOf(text) : [text];
}
