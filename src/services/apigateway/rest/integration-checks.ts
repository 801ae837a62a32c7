import type * as sdk from "@aws-sdk/client-api-gateway";
import { badRequest } from "./faults.ts";
import { checkParameters } from "./methods.ts";

export const TYPES: readonly string[] = ["HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"];
const TRANSFER_MODES = ["BUFFERED", "STREAM"];
const PASSTHROUGH = ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"];
const REQUEST_TARGET =
  /^integration\.request\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\.\S+$/;
const SERVICE_URI = /^arn:aws[\w-]*:apigateway:[a-z0-9-]+:[\w.-]+:(?:path|action)\/\S*$/;
/** What a function is invoked by when its answer is to go to the client as it comes. */
const STREAMING_URI = /:lambda:path\/2021-11-15\/functions\/.+\/response-streaming-invocations$/;
const SHORTEST_TIMEOUT_MS = 50;
export const USUAL_TIMEOUT_MS = 29_000;
/** Regional and private APIs may have it raised; what a quota allows is not the platform's to know. */
const LONGEST_TIMEOUT_MS = 300_000;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html */
const LONGEST_STREAM_MS = 900_000;

export function checkIntegration(integration: sdk.Integration): void {
  const { type, passthroughBehavior = "", requestParameters = {} } = integration;
  if (!TYPES.includes(type ?? ""))
    throw badRequest(`Invalid integration type specified. Valid options are ${TYPES.join(", ")}`);
  checkTarget(integration);
  checkTransfer(integration);
  if (!PASSTHROUGH.includes(passthroughBehavior)) {
    throw badRequest(`Invalid passthrough behavior specified. Valid options are ${PASSTHROUGH.join(", ")}`);
  }
  checkParameters(Object.keys(requestParameters), REQUEST_TARGET);
}

function checkTarget({ type, httpMethod, uri = "", connectionType, connectionId }: sdk.Integration): void {
  if (type !== "MOCK" && !httpMethod) throw badRequest("Enumeration value for HttpMethod must be non-empty");
  if (type?.startsWith("HTTP") && connectionType !== "VPC_LINK" && !/^https?:\/\/[^/\s]+/.test(uri)) {
    throw badRequest("Invalid HTTP endpoint specified for URI");
  }
  if (type?.startsWith("AWS") && !SERVICE_URI.test(uri))
    throw badRequest("Invalid ARN specified in the request");
  if (type === "AWS_PROXY" && !uri.includes(":lambda:path/")) {
    throw badRequest(
      "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream " +
        "invocations.",
    );
  }
  if (connectionType === "VPC_LINK" && !connectionId) {
    throw badRequest("Connection Id must be specified for a VPC_LINK integration");
  }
}

/** How the answer gets to the client, and how long it may take. */
function checkTransfer(integration: sdk.Integration): void {
  const { type, uri = "", responseTransferMode = "BUFFERED" } = integration;
  const { timeoutInMillis = USUAL_TIMEOUT_MS } = integration;
  if (!TRANSFER_MODES.includes(responseTransferMode)) {
    throw badRequest(
      `Invalid response transfer mode specified. Valid options are ${TRANSFER_MODES.join(", ")}`,
    );
  }
  const isStreamed = responseTransferMode === "STREAM";
  if (isStreamed && !type?.endsWith("_PROXY")) {
    throw badRequest(
      "Response transfer mode STREAM is only supported for AWS_PROXY and HTTP_PROXY integrations",
    );
  }
  if (type === "AWS_PROXY" && isStreamed !== STREAMING_URI.test(uri)) {
    throw badRequest(
      isStreamed
        ? "Response transfer mode STREAM requires the integration URI of InvokeWithResponseStream: " +
            "path/2021-11-15/functions/{function}/response-streaming-invocations"
        : "The integration URI of InvokeWithResponseStream requires response transfer mode STREAM",
    );
  }
  const longestMs = isStreamed ? LONGEST_STREAM_MS : LONGEST_TIMEOUT_MS;
  if (!(timeoutInMillis >= SHORTEST_TIMEOUT_MS && timeoutInMillis <= longestMs)) {
    const told = isStreamed ? LONGEST_STREAM_MS : USUAL_TIMEOUT_MS;
    throw badRequest(`Timeout should be between ${SHORTEST_TIMEOUT_MS} ms and ${told} ms`);
  }
}
