import { type Arn, parseArn } from "../../kernel/arn.ts";
import { fault, invalid, notPart } from "./faults.ts";
import { isFifo, type TopicName } from "./names.ts";

/** Protocols whose endpoints are AWS's own, by the service that their ARNs name. */
const SERVICES: Readonly<Record<string, string>> = {
  sqs: "sqs",
  lambda: "lambda",
  application: "sns",
  firehose: "firehose",
};
const OTHERS = ["http", "https", "email", "email-json", "sms"];
const PHONE_NUMBER = /^\+?[0-9]{1,15}$/;
/** Separators that AWS overlooks: single ones. */
const SEPARATED = /^\+?[0-9]+(?:[-. ()][0-9]+)*$/;
const ADDRESS = /^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+$/;
const MOST_ENDPOINT = 2048;

/** Checks what a subscription is to be delivered to, and gives it as it is kept. */
export function readEndpoint(topic: TopicName, protocol: string, endpoint: string): string {
  if (SERVICES[protocol] === undefined && !OTHERS.includes(protocol)) {
    throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  }
  if (endpoint === "") throw fault("NotFoundException", "Endpoint not specified in subscription");
  if (endpoint.length > MOST_ENDPOINT) {
    throw invalid(`Endpoint Reason: must be at most ${MOST_ENDPOINT} characters long`);
  }
  if (protocol === "firehose") throw notPart("Amazon Data Firehose", "nothing can be delivered to it");
  if (isFifo(topic) && protocol !== "sqs") {
    throw invalid(
      `Invalid parameter: Protocol Reason: Protocol ${protocol} is not supported for FIFO topics`,
    );
  }
  if (protocol === "http" || protocol === "https") return checkUrl(protocol, endpoint);
  if (protocol === "sms") return checkPhoneNumber(endpoint);
  if (protocol === "email" || protocol === "email-json") return checkAddress(endpoint);
  checkArn(topic, protocol, endpoint);
  return endpoint;
}

function checkUrl(protocol: string, endpoint: string): string {
  if (!endpoint.startsWith(`${protocol}://`)) throw invalid("Endpoint must match the specified protocol");
  if (!URL.canParse(endpoint)) throw invalid("HTTP(S) Endpoint is invalid");
  return endpoint;
}

function checkPhoneNumber(endpoint: string): string {
  if (!SEPARATED.test(endpoint))
    throw fault("InvalidParameterException", `Invalid SMS endpoint: ${endpoint}`);
  return endpoint;
}

/** Of E.164: what a single message is sent to. */
export function isPhoneNumber(text: string): boolean {
  return PHONE_NUMBER.test(text);
}

function checkAddress(endpoint: string): string {
  if (!ADDRESS.test(endpoint)) throw invalid("Email address");
  return endpoint;
}

const WORDS: Readonly<Record<string, string>> = {
  sqs: "SQS endpoint ARN",
  lambda: "Lambda endpoint ARN",
  application: "ApplicationEndpoint ARN",
};

function checkArn(topic: TopicName, protocol: string, endpoint: string): void {
  const arn = parseArn(endpoint);
  if (!arn || arn.service !== SERVICES[protocol] || !hasKind(protocol, arn)) {
    throw invalid(WORDS[protocol] ?? "Endpoint");
  }
  if (protocol === "sqs" && arn.resource.endsWith(".fifo") && !isFifo(topic)) {
    throw invalid(
      "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics",
    );
  }
}

function hasKind(protocol: string, { resource, account, region }: Arn): boolean {
  if (account === "" || region === "") return false;
  if (protocol === "lambda") return /^function:[\w-]+(?::[\w$-]+)?$/.test(resource);
  if (protocol === "application") return /^endpoint\/[^/]+\/[^/]+\/[^/]+$/.test(resource);
  return /^[\w-]+(?:\.fifo)?$/.test(resource);
}

/** Whether somebody must prove first that the endpoint wants to be told. */
export function needsConfirmation(protocol: string, endpoint: string, caller: string): boolean {
  if (["http", "https", "email", "email-json"].includes(protocol)) return true;
  return protocol === "sqs" && parseArn(endpoint)?.account !== caller;
}
