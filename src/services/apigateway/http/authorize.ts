import type { HttpHeaders } from "../../../kernel/http.ts";
import { decidedOnce } from "../execution/decisions.ts";
import { functionOf, type Invoked, invokeFunction } from "../execution/functions.ts";
import { claimTexts, scopesOf, verifyToken } from "../execution/jwt.ts";
import { within } from "../execution/patience.ts";
import { isPolicy, judge, policyContext } from "../execution/policy.ts";
import { ANSWERS, type Answer } from "../faults.ts";
import type { AuthorizerRecord } from "../v2/records.ts";
import { authorizerEvent } from "./authorizer-event.ts";
import type { Authorized, HttpCall } from "./call.ts";
import { withVariables } from "./compiled.ts";
import { evaluate, requestLookup } from "./mapping.ts";

/** Who calls, or what he is answered. */
export type Access =
  | { readonly kind: "granted"; readonly authorized?: Authorized }
  | { readonly kind: "refused"; readonly answer: Answer; readonly headers?: HttpHeaders };

const AUTHORIZER_TIMEOUT_MS = 10_000;

/** Asks whoever a route names whether a request may pass. */
export async function authorize(call: HttpCall): Promise<Access> {
  const { match, stage } = call;
  const type = match?.route.AuthorizationType ?? "NONE";
  if (type === "NONE") return { kind: "granted" };
  if (type === "AWS_IAM") return authorizeSigner(call);
  const authorizer = stage.authorizers.get(match?.route.AuthorizerId ?? "");
  if (!authorizer) return { kind: "refused", answer: ANSWERS.internal };
  const { clock } = call.world;
  const startedMs = clock.monotonic();
  const access =
    type === "JWT" ? await authorizeToken(call, authorizer) : await authorizeByFunction(call, authorizer);
  call.outcome.authorizerLatencyMs = Math.round(clock.monotonic() - startedMs);
  call.outcome.authorizerStatus = access.kind === "granted" ? 200 : access.answer.status;
  return access;
}

/** IAM: the request is signed, and by whom. */
async function authorizeSigner({ request }: HttpCall): Promise<Access> {
  const signer = await request.signer("execute-api");
  if (signer.kind !== "signed") return { kind: "refused", answer: ANSWERS.forbidden };
  const { accessKeyId, account, arn, userId } = signer.identity;
  const iam = {
    accessKey: accessKeyId,
    accountId: account,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId,
  };
  return {
    kind: "granted",
    authorized: {
      v2: { iam },
      v1: {},
      variables: {
        "identity.accessKey": accessKeyId,
        "identity.accountId": account,
        "identity.caller": userId,
        "identity.user": userId,
        "identity.userArn": arn,
      },
    },
  };
}

/** A token of an issuer, by its signature and claims, and the scopes that the route asks for. */
async function authorizeToken(call: HttpCall, authorizer: AuthorizerRecord): Promise<Access> {
  const { JwtConfiguration: jwt, IdentitySource: sources = [] } = authorizer;
  const given = evaluate(sources[0] ?? "", requestLookup(call));
  const scopes = call.match?.route.AuthorizationScopes ?? [];
  const wanted = scopes.join(" ");
  if (!given) return refusedToken(call, ANSWERS.unauthorized, wanted);
  const token = given.replace(/^Bearer\s+/i, "");
  const rules = { issuer: jwt?.Issuer ?? "", audience: jwt?.Audience ?? [] };
  const verified = await verifyToken(call.world.clock, token, rules);
  if (verified.kind === "invalid") {
    return refusedToken(call, ANSWERS.unauthorized, wanted, "invalid_token", verified.description);
  }
  const { claims } = verified;
  const held = scopesOf(claims);
  if (scopes.length > 0 && !scopes.some((scope) => held.includes(scope))) {
    const description = "the token does not have any of the required scopes";
    return refusedToken(call, ANSWERS.forbidden, wanted, "insufficient_scope", description);
  }
  const texts = claimTexts(claims);
  const shown = { claims: texts, scopes: scopes.length > 0 ? held : null };
  const variables = Object.entries(texts).map(([name, value]) => [`authorizer.claims.${name}`, value]);
  return {
    kind: "granted",
    authorized: { v2: { jwt: shown }, v1: shown, variables: Object.fromEntries(variables) },
  };
}

/** With what RFC 6750 has clients told. */
function refusedToken(
  call: HttpCall,
  answer: Answer,
  wanted: string,
  error?: string,
  description?: string,
): Access {
  const reason =
    error === undefined ? "" : ` scope="${wanted}" error="${error}" error_description="${description}"`;
  call.outcome.authorizerError = error === undefined ? "Unauthorized" : `${error}: ${description}`;
  return { kind: "refused", answer, headers: [["www-authenticate", `Bearer${reason}`]] };
}

/** What a function decided: whoever is let in, and for which part of the API. */
type Decision =
  | { readonly kind: "simple"; readonly isAuthorized: boolean; readonly context: Given }
  | { readonly kind: "policy"; readonly principal: string; readonly policy: unknown; readonly context: Given }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "broken"; readonly error: string };

type Given = Readonly<Record<string, unknown>>;

async function authorizeByFunction(call: HttpCall, authorizer: AuthorizerRecord): Promise<Access> {
  const { IdentitySource: sources = [], AuthorizerResultTtlInSeconds: ttl = 0 } = authorizer;
  const lookup = requestLookup(call);
  const identities = sources.map((source) => evaluate(source, lookup));
  if (identities.some((identity) => !identity)) {
    call.outcome.authorizerError = "Unauthorized";
    return { kind: "refused", answer: ANSWERS.unauthorized };
  }
  const { apiId, stage } = call.stage;
  const { AuthorizerId: id } = authorizer;
  const reset = stage.authorizersReset ?? 0;
  const key = JSON.stringify([apiId, stage.StageName, reset, id, authorizer.AuthorizerUri, ...identities]);
  const decision = await decidedOnce(
    call.world,
    key,
    sources.length > 0 ? ttl * 1000 : 0,
    () => decide(call, authorizer, identities as string[]),
    ({ kind }) => kind === "simple" || kind === "policy",
  );
  return accessOf(call, decision);
}

function accessOf(call: HttpCall, decision: Decision): Access {
  if (decision.kind === "unauthorized") return { kind: "refused", answer: ANSWERS.unauthorized };
  if (decision.kind === "broken") {
    call.outcome.authorizerError = decision.error;
    return { kind: "refused", answer: ANSWERS.internal };
  }
  const isAllowed =
    decision.kind === "simple"
      ? decision.isAuthorized
      : judge(decision.policy, { resource: call.arn(call.path), context: conditionsOf(call) }) === "allow";
  if (!isAllowed) return { kind: "refused", answer: ANSWERS.forbidden };
  const { context } = decision;
  const principal = decision.kind === "policy" ? { principalId: decision.principal } : {};
  const texts = Object.entries({ ...principal, ...context }).map(([name, value]) => [
    `authorizer.${name}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return {
    kind: "granted",
    authorized: {
      v2: { lambda: Object.keys(context).length > 0 ? context : null },
      v1: { ...context, ...principal },
      variables: Object.fromEntries(texts),
    },
  };
}

/** What the conditions of a policy may ask of the request. */
function conditionsOf(call: HttpCall) {
  const { sourceIp, scheme } = call.request;
  return policyContext(sourceIp, (name) => call.header(name), { scheme, nowMs: call.world.clock.now() });
}

async function decide(
  call: HttpCall,
  authorizer: AuthorizerRecord,
  identities: readonly string[],
): Promise<Decision> {
  const { stage, world } = call;
  const arn = functionOf(withVariables(authorizer.AuthorizerUri ?? "", stage.variables));
  if (!arn) return { kind: "broken", error: "The authorizer names no Lambda function." };
  const sender = {
    service: "apigateway.amazonaws.com",
    sourceArn: `${stage.arn.slice(0, stage.arn.lastIndexOf("/"))}/authorizers/${authorizer.AuthorizerId}`,
    sourceAccount: stage.account,
  };
  const context = world.as({ account: stage.account, region: stage.region }, call.request.trace, sender);
  const payload = Buffer.from(JSON.stringify(authorizerEvent(call, authorizer, identities)));
  const invoking = invokeFunction(context, arn, payload, authorizer.AuthorizerCredentialsArn);
  const invoked = await within(world.clock, AUTHORIZER_TIMEOUT_MS, invoking);
  return invoked ? readDecision(invoked, authorizer) : { kind: "broken", error: "The authorizer timed out." };
}

function readDecision(invoked: Invoked, authorizer: AuthorizerRecord): Decision {
  if (invoked.kind === "failed" && invoked.message === "Unauthorized") return { kind: "unauthorized" };
  if (invoked.kind !== "answer") return { kind: "broken", error: invoked.message };
  const malformed: Decision = {
    kind: "broken",
    error: "The response from the Lambda authorizer doesn't match the format that API Gateway expects.",
  };
  let given: unknown;
  try {
    given = JSON.parse(Buffer.from(invoked.payload).toString());
  } catch {
    return malformed;
  }
  if (typeof given !== "object" || given === null) return malformed;
  const { isAuthorized, policyDocument, principalId, context } = given as Given;
  const known = (typeof context === "object" && context !== null ? context : {}) as Given;
  const isSimple = authorizer.AuthorizerPayloadFormatVersion === "2.0" && authorizer.EnableSimpleResponses;
  if (isSimple) {
    return typeof isAuthorized === "boolean" ? { kind: "simple", isAuthorized, context: known } : malformed;
  }
  if (!isPolicy(policyDocument) || typeof principalId !== "string") return malformed;
  return { kind: "policy", principal: principalId, policy: policyDocument, context: known };
}
