import type { HttpHeaders } from "../../../../kernel/http.ts";
import { renderTemplate } from "../../templates/evaluate.ts";
import { javaOf } from "../../templates/java.ts";
import { TemplateError } from "../../templates/nodes.ts";
import { gatewayResponse } from "../gateway-responses.ts";
import { type Call, contextOf } from "./call.ts";
import type { Failure } from "./failures.ts";

/** What the client gets of an API. */
export interface RestResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

/** A failure as the API's owner has it answered. */
export function failureResponse(call: Call, failure: Failure): RestResponse {
  const response = gatewayResponse(call.deployed.definition, failure.type);
  const context = {
    ...contextOf(call),
    error: {
      message: failure.message,
      messageString: JSON.stringify(failure.message),
      responseType: failure.type,
      ...(failure.validation === undefined ? {} : { validationErrorString: failure.validation }),
    },
  };
  const { responseTemplates = {}, responseParameters = {} } = response;
  const [type = "application/json", template = ""] =
    Object.entries(responseTemplates).find(([name]) => name === "application/json") ??
    Object.entries(responseTemplates)[0] ??
    [];
  const variables = new Map<string, unknown>([
    ["context", javaOf(context)],
    ["stageVariables", javaOf(call.deployed.variables)],
  ]);
  const rendered = textFrom(template, variables, failure);
  const isOwn = response.defaultResponse !== true;
  const body = failure.isPolicys && !isOwn ? rendered.replace('{"message":', '{"Message":') : rendered;
  const given = Number(response.statusCode ?? 500);
  return {
    status: isOwn ? given : (failure.status ?? given),
    headers: [
      ["Content-Type", type],
      ["x-amzn-ErrorType", failure.errorType],
      ...headersOf(responseParameters, call, context),
    ],
    body,
  };
}

/** Of a template that cannot be read the message is left. */
function textFrom(template: string, variables: Map<string, unknown>, { message }: Failure): string {
  try {
    return renderTemplate(template, variables);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return JSON.stringify({ message });
  }
}

/** `gatewayresponse.header.{name}`, from text, the context or the request. */
function headersOf(
  parameters: Readonly<Record<string, string>>,
  { parameters: sent }: Call,
  context: Readonly<Record<string, unknown>>,
): HttpHeaders {
  const headers: [string, string][] = [];
  for (const [target, expression] of Object.entries(parameters)) {
    const name = /^gatewayresponse\.header\.(.+)$/.exec(target)?.[1];
    const value = name && valueFor(expression, sent, context);
    if (name && value !== undefined) headers.push([name, value]);
  }
  return headers;
}

function valueFor(
  expression: string,
  sent: Call["parameters"],
  context: Readonly<Record<string, unknown>>,
): string | undefined {
  const literal = /^'(.*)'$/s.exec(expression)?.[1];
  if (literal !== undefined) return literal;
  const request = /^method\.request\.(path|querystring|header)\.(.+)$/.exec(expression);
  if (request) return sent[request[1] as "path" | "querystring" | "header"][request[2] ?? ""];
  if (!expression.startsWith("context.")) return undefined;
  let value: unknown = context;
  for (const name of expression.split(".").slice(1))
    value = (value as Record<string, unknown> | undefined)?.[name];
  return value === undefined || value === null ? undefined : String(value);
}
