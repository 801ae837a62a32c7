import { parseArn } from "../../kernel/arn.ts";

/** A resource, or a service where a call names no resource of it. */
export interface NodeId {
  readonly kind: string;
  readonly name: string;
}

/** What a service's resources are called. */
const KINDS: Readonly<Record<string, string>> = {
  lambda: "function",
  sqs: "queue",
  dynamodb: "table",
  s3: "bucket",
  sns: "topic",
  events: "bus",
  kinesis: "stream",
  "execute-api": "api",
  apigateway: "api",
  pipes: "pipe",
  scheduler: "schedule",
  logs: "log group",
  secretsmanager: "secret",
  ssm: "parameter",
  kms: "key",
  states: "state machine",
};

/** Services that act for a resource name it by its ARN; principals are nobody's resource. */
export function nodeOfArn(text: string): NodeId | undefined {
  const arn = parseArn(text);
  if (!arn) return undefined;
  const { service, resource } = arn;
  const kind = KINDS[service];
  if (kind === undefined) return undefined;
  if (service === "execute-api") return { kind, name: resource.split("/")[0] ?? "" };
  if (service === "s3") return { kind, name: resource.split("/")[0] ?? "" };
  if (service === "events" && resource.startsWith("rule/")) {
    return { kind: "rule", name: resource.slice("rule/".length) };
  }
  const [, name = resource] =
    /^(?:function:|table\/|stream\/|event-bus\/|pipe\/|schedule\/)([^:/]+)/.exec(resource) ??
    /^log-group:([^:]+)/.exec(resource) ??
    [];
  return { kind, name };
}

/** The bus whose rule it is: `shop/paid` is on the bus shop, `paid` on the default one. */
export function busOf({ kind, name }: NodeId): NodeId | undefined {
  if (kind !== "rule") return undefined;
  const [bus = "", rule] = name.split("/");
  return { kind: "bus", name: rule === undefined ? "default" : bus };
}

/** What a call is made to: `sqs.SendMessage bills`, or `execute-api POST /orders a1b2c3` of a user's own. */
export function nodeOfCall(target: string): { readonly node: NodeId; readonly operation: string } {
  const words = target.split(" ");
  const [first = ""] = words;
  const dot = first.indexOf(".");
  if (dot < 0) {
    const name = words.at(-1) ?? "";
    return { node: { kind: KINDS[first] ?? first, name }, operation: words.slice(1, -1).join(" ") };
  }
  const service = first.slice(0, dot);
  const operation = first.slice(dot + 1);
  const kind = KINDS[service] ?? service;
  const name = words.slice(1).join(" ") || (operation === "PutEvents" ? "default" : "");
  return { node: { kind, name }, operation };
}

/** What people and programs outside do with resources, not what they do to them. */
const USES = [
  /^(lambda\.Invoke|sqs\.SendMessage|sns\.Publish|events\.PutEvents|kinesis\.PutRecord)/,
  /^s3\.((Put|Get|Delete|Copy)Object|CompleteMultipart)/,
  /^dynamodb\.((Get|Put|Update|Delete|BatchGet|BatchWrite)Item|Query|Scan|Transact|Execute|BatchExecute)/,
];

/** An address of a user's own is there to be used. */
export const isUse = (target: string): boolean =>
  !target.split(" ", 1)[0]?.includes(".") || USES.some((pattern) => pattern.test(target));

export const idOf = ({ kind, name }: NodeId): string => `${kind} ${name}`.trim();
