import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Overrides } from "../../templates/input.ts";
import { type Call, headerOf, isBinary } from "./call.ts";
import { Failure } from "./failures.ts";
import { render } from "./select.ts";

/** What goes to a backend that is not given the request as it came. */
export interface MappedBody {
  readonly body: Uint8Array;
  readonly type: string;
  readonly overrides?: Overrides;
}

/**
 * The request's body through the template of its type; without one it goes as it is, or not at all.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
 */
export function mapBody(call: Call, integration: sdk.Integration): MappedBody {
  const { request, parameters, deployed } = call;
  const type = headerOf(parameters, "content-type") ?? "application/json";
  const bare = type.split(";", 1)[0]?.trim() ?? "";
  const templates = integration.requestTemplates ?? {};
  const template = Object.hasOwn(templates, bare) ? templates[bare] : templates.$default;
  const isBytes = isBinary(deployed, type);
  if (template === undefined) {
    const { passthroughBehavior } = integration;
    const isRefused =
      passthroughBehavior === "NEVER" ||
      (passthroughBehavior === "WHEN_NO_TEMPLATES" && Object.keys(templates).length > 0);
    if (isRefused) throw new Failure("UNSUPPORTED_MEDIA_TYPE");
    return { body: asHandled(request.body, integration.contentHandling, isBytes), type };
  }
  const text = Buffer.from(request.body).toString(isBytes ? "base64" : "utf8");
  const { text: made, requestOverride } = render(call, template, text);
  const body =
    integration.contentHandling === "CONVERT_TO_BINARY" ? Buffer.from(made, "base64") : Buffer.from(made);
  return { body, type: "application/json", overrides: requestOverride };
}

function asHandled(body: Uint8Array, handling: string | undefined, isBytes: boolean): Uint8Array {
  if (handling === "CONVERT_TO_TEXT" && isBytes) return Buffer.from(Buffer.from(body).toString("base64"));
  if (handling === "CONVERT_TO_BINARY" && !isBytes)
    return Buffer.from(Buffer.from(body).toString(), "base64");
  return body;
}
