import type { HttpIdentity, HttpRequest } from "../../../kernel/http.ts";
import type { Background } from "../../define.ts";
import { functionOf, invokeFunction } from "../execution/functions.ts";
import { within } from "../execution/patience.ts";
import { type Judged, judge, policyContext } from "../execution/policy.ts";
import { ANSWERS, type Answer } from "../faults.ts";
import { withVariables } from "../http/compiled.ts";
import type { AuthorizerRecord, RouteRecord } from "../v2/records.ts";
import { contextOf, type Happening, lastOf, listsOf, requestMembers } from "./event.ts";
import { lookUp, type Scene } from "./select.ts";

/** Who connects, or what the client is answered. */
export type Access =
  | {
      readonly kind: "granted";
      readonly authorizer?: Readonly<Record<string, unknown>>;
      /** Who signed. */
      readonly signer?: HttpIdentity;
    }
  | { readonly kind: "refused"; readonly answer: Answer };

const AUTHORIZER_TIMEOUT_MS = 10_000;

/** Asks whoever the `$connect` route names whether a client may connect. */
export async function authorizeConnect(
  world: Background,
  happening: Happening,
  route: RouteRecord,
): Promise<Access> {
  const type = route.AuthorizationType ?? "NONE";
  if (type === "NONE") return { kind: "granted" };
  if (type === "AWS_IAM") {
    const signer = await happening.request?.signer("execute-api");
    return signer?.kind === "signed"
      ? { kind: "granted", signer: signer.identity }
      : { kind: "refused", answer: ANSWERS.forbidden };
  }
  const authorizer = happening.stage.authorizers.get(route.AuthorizerId ?? "");
  if (!authorizer) return { kind: "refused", answer: ANSWERS.internal };
  return authorizeByFunction(world, happening, authorizer);
}

async function authorizeByFunction(
  world: Background,
  happening: Happening,
  authorizer: AuthorizerRecord,
): Promise<Access> {
  const { stage } = happening;
  const scene = sceneOf(happening);
  const sources = authorizer.IdentitySource ?? [];
  if (sources.some((source) => !lookUp(source, scene))) {
    return { kind: "refused", answer: ANSWERS.unauthorized };
  }
  const arn = functionOf(withVariables(authorizer.AuthorizerUri ?? "", stage.variables));
  if (!arn || !happening.request) return { kind: "refused", answer: ANSWERS.internal };
  const base = stage.arn.slice(0, stage.arn.lastIndexOf("/"));
  const sender = {
    service: "apigateway.amazonaws.com",
    sourceArn: `${base}/authorizers/${authorizer.AuthorizerId}`,
    sourceAccount: stage.account,
  };
  const context = world.as(stage, happening.request.trace, sender);
  const methodArn = `${stage.arn}/$connect`;
  const event = {
    type: "REQUEST",
    methodArn,
    ...requestMembers(happening.request),
    stageVariables: stage.variables,
    requestContext: contextOf(happening),
  };
  const payload = Buffer.from(JSON.stringify(event));
  const invoking = invokeFunction(context, arn, payload, authorizer.AuthorizerCredentialsArn);
  const invoked = await within(world.clock, AUTHORIZER_TIMEOUT_MS, invoking);
  if (invoked?.kind === "failed" && invoked.message === "Unauthorized") {
    return { kind: "refused", answer: ANSWERS.unauthorized };
  }
  return invoked?.kind === "answer"
    ? readDecision(invoked.payload, { resource: methodArn, context: conditionsOf(world, happening.request) })
    : { kind: "refused", answer: ANSWERS.internal };
}

/** What the conditions of a policy may ask of the request. */
function conditionsOf({ clock }: Background, { sourceIp, scheme, headers }: HttpRequest) {
  const header = (name: string) => headers.find(([each]) => each.toLowerCase() === name)?.[1];
  return policyContext(sourceIp, header, { scheme, nowMs: clock.now() });
}

function readDecision(payload: Uint8Array, judged: Judged): Access {
  try {
    const { policyDocument, principalId, context } = JSON.parse(Buffer.from(payload).toString());
    const verdict = judge(policyDocument, judged);
    if (verdict === undefined || principalId === undefined) throw new TypeError("no policy");
    if (verdict !== "allow") return { kind: "refused", answer: ANSWERS.forbidden };
    return { kind: "granted", authorizer: { principalId, ...context } };
  } catch {
    return { kind: "refused", answer: ANSWERS.internal };
  }
}

/** What expressions find of a happening. */
export function sceneOf(happening: Happening): Scene {
  const { request, body, stage } = happening;
  const headers =
    request?.headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]) ?? [];
  return {
    body: jsonOf(body),
    headers: lastOf(listsOf(headers)),
    query: lastOf(listsOf(new URLSearchParams(request?.query ?? ""))),
    context: contextOf(happening),
    stageVariables: stage.variables,
  };
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "") as unknown;
  } catch {
    return undefined;
  }
}
