import type * as sdk from "@aws-sdk/client-api-gateway";
import type { HttpHeaders } from "../../../../kernel/http.ts";
import { readJson } from "../../templates/exact-json.ts";
import { applyTemplate, type Overrides } from "../../templates/input.ts";
import { javaOf } from "../../templates/java.ts";
import { TemplateError } from "../../templates/nodes.ts";
import { type Call, contextOf, headerOf, isBinary } from "./call.ts";
import { Failure } from "./failures.ts";
import { type BackendAnswer, responseValue } from "./mapping.ts";
import type { RestResponse } from "./respond.ts";

/**
 * The integration response whose pattern an answer matches, or the one that has none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
 */
function selectResponse(
  integration: sdk.Integration,
  subject: string | undefined,
): sdk.IntegrationResponse | undefined {
  const all = Object.values(integration.integrationResponses ?? {});
  const matching = all.find(({ selectionPattern }) => {
    if (!selectionPattern || subject === undefined) return false;
    try {
      return new RegExp(`^(?:${selectionPattern})$`, "s").test(subject);
    } catch {
      return false;
    }
  });
  return matching ?? all.find(({ selectionPattern }) => !selectionPattern);
}

/** Makes the client's answer of a backend's. `subject`: what patterns are matched with. */
export function mapResponse(call: Call, answer: BackendAnswer, subject: string | undefined): RestResponse {
  const integration = call.method.methodIntegration ?? {};
  const response = selectResponse(integration, subject);
  if (!response) {
    call.log.error(
      "Execution failed due to configuration error: No match for output mapping and no default output " +
        `mapping configured. Endpoint Response Status Code: ${answer.status}`,
    );
    throw new Failure("API_CONFIGURATION_ERROR");
  }
  const text = Buffer.from(answer.body).toString();
  const bodyOf = () => parsed(text);
  const headers: [string, string][] = [];
  for (const [target, expression] of Object.entries(response.responseParameters ?? {})) {
    const name = /^method\.response\.(?:multivalue)?header\.(.+)$/.exec(target)?.[1];
    const value = responseValue(call, expression, answer, bodyOf);
    if (name === undefined || value === undefined) continue;
    for (const one of typeof value === "string" ? [value] : value) headers.push([name, one]);
  }
  const { body, type, overrides } = bodyFor(call, response, answer, text);
  const all = overridden([["Content-Type", type], ...headers], overrides);
  return { status: overrides?.status ?? Number(response.statusCode ?? 200), headers: all, body };
}

interface Body {
  readonly body: Uint8Array | string;
  readonly type: string;
  readonly overrides?: Overrides & { readonly status?: number };
}

/** Through the template of the answer's type, where there is one; else as it is. */
function bodyFor(call: Call, response: sdk.IntegrationResponse, answer: BackendAnswer, text: string): Body {
  const type = lastOf(answer.headers, "content-type") ?? "application/json";
  const templates = response.responseTemplates ?? {};
  const bare = type.split(";", 1)[0]?.trim() ?? "";
  const accepted = headerOf(call.parameters, "accept")?.split(",", 1)[0]?.trim() ?? "";
  const template = Object.hasOwn(templates, bare)
    ? bare
    : Object.hasOwn(templates, accepted)
      ? accepted
      : undefined;
  const chosen = template ?? Object.keys(templates)[0];
  if (chosen === undefined || !templates[chosen]) {
    return { body: converted(call, response, answer.body), type: chosen ?? type };
  }
  const rendered = render(call, templates[chosen] ?? "", text);
  const isBytes = response.contentHandling === "CONVERT_TO_BINARY";
  return {
    body: isBytes ? Buffer.from(rendered.text, "base64") : rendered.text,
    type: chosen,
    overrides: rendered.responseOverride,
  };
}

function converted(
  call: Call,
  { contentHandling }: sdk.IntegrationResponse,
  body: Uint8Array,
): Uint8Array | string {
  if (contentHandling === "CONVERT_TO_BINARY") return Buffer.from(Buffer.from(body).toString(), "base64");
  if (contentHandling !== "CONVERT_TO_TEXT") return body;
  const accept = headerOf(call.parameters, "accept");
  return isBinary(call.deployed, accept) ? body : Buffer.from(body).toString("base64");
}

/** A template of the owner's that cannot be read is a mistake of his API. */
export function render(call: Call, template: string, body: string) {
  const { parameters, deployed, log } = call;
  try {
    return applyTemplate(template, {
      body,
      parameters,
      context: contextOf(call),
      stageVariables: deployed.variables,
    });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    log.error(`Execution failed due to configuration error: Unable to transform request: ${error.message}`);
    throw new Failure("API_CONFIGURATION_ERROR");
  }
}

function overridden(headers: HttpHeaders, overrides: Overrides | undefined): HttpHeaders {
  const replaced = new Map(
    Object.entries(overrides?.header ?? {}).map(([name, value]) => [
      name.toLowerCase(),
      [name, value] as const,
    ]),
  );
  const seen = new Set<string>();
  // Of a type that is mapped, the mapping counts.
  const kept = headers.toReversed().filter(([name]) => {
    const lower = name.toLowerCase();
    if (replaced.has(lower)) return false;
    if (lower !== "content-type") return true;
    const isFirst = !seen.has(lower);
    seen.add(lower);
    return isFirst;
  });
  return [...kept.toReversed(), ...replaced.values()];
}

function lastOf(headers: Readonly<Record<string, readonly string[]>>, name: string): string | undefined {
  return Object.entries(headers)
    .find(([each]) => each.toLowerCase() === name)?.[1]
    .at(-1);
}

export function parsed(text: string): unknown {
  try {
    return javaOf(readJson(text));
  } catch {
    return text;
  }
}
