import type * as sdk from "@aws-sdk/client-api-gateway";
import type { HttpIdentity } from "../../../../kernel/http.ts";
import { decidedOnce } from "../../execution/decisions.ts";
import { functionOf, invokeFunction } from "../../execution/functions.ts";
import { scopesOf, verifyToken } from "../../execution/jwt.ts";
import { within } from "../../execution/patience.ts";
import { ANONYMOUS, type Judged, judge, policyContext, type Verdict } from "../../execution/policy.ts";
import { type Call, contextOf, headerOf, methodArn } from "./call.ts";
import { proxyEvent } from "./event.ts";
import { Failure } from "./failures.ts";
import { withStageVariables } from "./mapping.ts";

const EXPLICIT = "User is not authorized to access this resource with an explicit deny";
const STATUSES: Readonly<Partial<Record<Failure["type"], number>>> = {
  UNAUTHORIZED: 401,
  ACCESS_DENIED: 403,
};
const USUAL_TTL_S = 300;
/** What an authorizer may take. */
const LONGEST_MS = 29_000;

/**
 * Lets the client in, or throws what it is told instead. An API's own policy may deny what an authorizer
 * allows, and where the authorizer says nothing the policy's word counts.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export async function authorize(call: Call): Promise<void> {
  const { method, deployed } = call;
  const { authorizationType = "NONE", authorizerId } = method;
  const signer = authorizationType === "AWS_IAM" ? await checkSignature(call) : undefined;
  const own = ownVerdict(call, signer);
  if (own === "deny") throw deniedByPolicy(call, signer, own);
  if (authorizationType !== "NONE" && !signer) {
    const authorizer = deployed.definition.authorizers[authorizerId ?? ""];
    if (!authorizer) throw new Failure("AUTHORIZER_CONFIGURATION_ERROR");
    if (authorizer.type !== "COGNITO_USER_POOLS") {
      return measured(call, () => askFunction(call, authorizer, own));
    }
    await measured(call, () => checkToken(call, authorizer));
  }
  // Whoever signs with the API's own account is let in by that account.
  if (own === "none" && signer?.account !== deployed.account) throw deniedByPolicy(call, signer, own);
}

/** What access logs tell of an authorizer. */
async function measured(call: Call, ask: () => Promise<void>): Promise<void> {
  const { outcome, world } = call;
  const startedMs = world.clock.monotonic();
  outcome.authorizerStatus = 200;
  try {
    await ask();
  } catch (error) {
    if (error instanceof Failure) {
      outcome.authorizerError = error.message;
      outcome.authorizerStatus = STATUSES[error.type] ?? 500;
    }
    throw error;
  } finally {
    outcome.authorizerLatencyMs = Math.round(world.clock.monotonic() - startedMs);
  }
}

/** What the API's own policy says; undefined: it has none. */
function ownVerdict(call: Call, signer: HttpIdentity | undefined): Verdict | undefined {
  const { policy } = call.deployed.definition.api;
  if (!policy) return undefined;
  const caller = signer ? { account: signer.account, arns: [signer.arn] } : ANONYMOUS;
  return judge(relative(policy), { ...judged(call), caller });
}

function judged(call: Call): Judged {
  const { request, parameters, world } = call;
  const header = (name: string) => headerOf(parameters, name);
  const scheme = header("x-forwarded-proto") ?? "http";
  const context = policyContext(request.sourceIp, header, { scheme, nowMs: world.clock.now() });
  return { resource: methodArn(call), context };
}

function deniedByPolicy(call: Call, signer: HttpIdentity | undefined, verdict: Verdict): Failure {
  const resource = methodArn(call).replace(/:\d{8}(\d{4}):/, ":********$1:");
  const denied = verdict === "deny" ? " with an explicit deny" : "";
  const user = signer?.arn ?? "anonymous";
  return new Failure(
    "ACCESS_DENIED",
    `User: ${user} is not authorized to perform: execute-api:Invoke on resource: ${resource}${denied}`,
    { isPolicys: true },
  );
}

/** `execute-api:/stage/GET/path` is short for the API's own ARN. */
function relative(policy: string): unknown {
  try {
    return JSON.parse(policy, (_name, value) =>
      typeof value === "string" ? value.replace(/^execute-api:\//, "arn:aws:execute-api:*:*:*/") : value,
    );
  } catch {
    return policy;
  }
}

async function checkSignature(call: Call): Promise<HttpIdentity> {
  const signer = await call.request.signer();
  if (signer.kind === "unsigned") throw new Failure("MISSING_AUTHENTICATION_TOKEN");
  if (signer.kind === "refused") {
    throw new Failure(
      signer.code === "ExpiredTokenException" ? "EXPIRED_TOKEN" : "INVALID_SIGNATURE",
      signer.message,
    );
  }
  const { accessKeyId, account, arn, userId } = signer.identity;
  Object.assign(call.identity, {
    accessKey: accessKeyId,
    accountId: account,
    caller: userId,
    user: userId,
    userArn: arn,
  });
  return signer.identity;
}

/** A user pool's tokens: an identity token, or with scopes an access token. */
async function checkToken(
  call: Call,
  { identitySource = "", providerARNs = [] }: sdk.Authorizer,
): Promise<void> {
  const name = identitySource.replace(/^method\.request\.header\./, "");
  const token = headerOf(call.parameters, name)?.replace(/^Bearer\s+/i, "");
  if (!token) throw new Failure("UNAUTHORIZED");
  const { world, method } = call;
  let description = "";
  for (const arn of providerARNs) {
    const verified = await verifyToken(world.clock, token, { issuer: issuerOf(arn), audience: undefined });
    if (verified.kind === "invalid") {
      description = verified.description;
      continue;
    }
    const { claims } = verified;
    const wanted = method.authorizationScopes ?? [];
    const isAccess = wanted.length > 0;
    if (claims.token_use !== undefined && (claims.token_use === "access") !== isAccess) continue;
    if (isAccess && !scopesOf(claims).some((scope) => wanted.includes(scope))) continue;
    const texts = Object.entries(claims).map(([claim, value]) => [
      claim,
      Array.isArray(value) ? value.join(",") : String(value),
    ]);
    call.authorizer = { claims: Object.fromEntries(texts) };
    return;
  }
  if (description.includes("expired")) throw new Failure("UNAUTHORIZED", "The incoming token has expired");
  throw new Failure("UNAUTHORIZED");
}

/**
 * `arn:aws:cognito-idp:{region}:{account}:userpool/{id}`: the pool's issuer. One that is an address itself,
 * as no ARN of AWS is, is that of any other issuer.
 */
function issuerOf(arn: string): string {
  const pool = /^arn:[^:]+:cognito-idp:([^:]+):\d+:userpool\/(.+)$/.exec(arn);
  if (!pool) return arn;
  const [, region, id] = pool;
  return `https://cognito-idp.${region}.amazonaws.com/${id}`;
}

interface Decision {
  readonly policy: unknown;
  readonly principalId: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly usageIdentifierKey?: string;
}

/** A function decides. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html */
async function askFunction(call: Call, authorizer: sdk.Authorizer, own: Verdict | undefined): Promise<void> {
  const { deployed, world } = call;
  const identity = identityOf(call, authorizer);
  if (identity.some((value) => !value) && identity.length > 0) throw new Failure("UNAUTHORIZED");
  const { id, type, identityValidationExpression, authorizerResultTtlInSeconds = USUAL_TTL_S } = authorizer;
  const [token = ""] = identity;
  if (type === "TOKEN" && identityValidationExpression && !isWhole(identityValidationExpression, token)) {
    throw new Failure("UNAUTHORIZED");
  }
  const ttlMs = identity.length === 0 ? 0 : authorizerResultTtlInSeconds * 1000;
  const key = JSON.stringify([
    deployed.apiId,
    deployed.stageName,
    deployed.deploymentId,
    deployed.authorizersRevision,
    id,
    identity,
  ]);
  const decision = await decidedOnce(
    world,
    key,
    ttlMs,
    () => decide(call, authorizer, token),
    () => true,
  );
  call.authorizer = { ...decision.context, principalId: decision.principalId };
  call.authorizerKey = decision.usageIdentifierKey;
  const verdict = judge(decision.policy, judged(call));
  if (verdict === undefined) throw new Failure("AUTHORIZER_CONFIGURATION_ERROR");
  if (verdict === "deny" || (verdict === "none" && own !== "allow"))
    throw new Failure("ACCESS_DENIED", verdict === "deny" ? EXPLICIT : undefined);
}

function isWhole(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text);
  } catch {
    return false;
  }
}

/** The values that identity sources name, in their order. */
function identityOf(call: Call, { identitySource = "" }: sdk.Authorizer): string[] {
  const { parameters, deployed } = call;
  const context = contextOf(call);
  return identitySource
    .split(",")
    .map((source) => source.trim())
    .filter((source) => source !== "")
    .map((source) => {
      const [, place = "", name = ""] = /^method\.request\.([a-z]+)\.(.+)$/.exec(source) ?? [];
      if (place.endsWith("header")) return headerOf(parameters, name) ?? "";
      if (place.endsWith("querystring")) return parameters.querystring[name] ?? "";
      if (source.startsWith("stageVariables."))
        return deployed.variables[source.slice("stageVariables.".length)] ?? "";
      let value: unknown = context;
      for (const step of source.split(".").slice(1))
        value = (value as Record<string, unknown> | undefined)?.[step];
      return value === undefined || value === null ? "" : String(value);
    });
}

/** What an authorizer says of a request, without anything being kept of it. */
export function askAuthorizer(call: Call, authorizer: sdk.Authorizer): Promise<Decision> {
  const [token = ""] = identityOf(call, authorizer);
  return decide(call, authorizer, token);
}

async function decide(call: Call, authorizer: sdk.Authorizer, token: string): Promise<Decision> {
  const { world, deployed, request } = call;
  const functionArn = functionOf(withStageVariables(authorizer.authorizerUri ?? "", deployed.variables));
  if (!functionArn) throw new Failure("AUTHORIZER_CONFIGURATION_ERROR");
  const { account, region, apiId } = deployed;
  const sourceArn = `arn:aws:execute-api:${region}:${account}:${apiId}/authorizers/${authorizer.id}`;
  const sender = { service: "apigateway.amazonaws.com", sourceArn, sourceAccount: account };
  const context = world.as({ account, region }, request.trace, sender);
  const { body: _body, isBase64Encoded: _encoded, ...rest } = proxyEvent(call) as Record<string, unknown>;
  const event =
    authorizer.type === "TOKEN"
      ? { type: "TOKEN", methodArn: methodArn(call), authorizationToken: token }
      : { type: "REQUEST", methodArn: methodArn(call), ...rest };
  const payload = Buffer.from(JSON.stringify(event));
  const invoking = invokeFunction(context, functionArn, payload, authorizer.authorizerCredentials);
  const invoked = await within(world.clock, LONGEST_MS, invoking);
  if (!invoked) {
    call.log.error("Execution failed due to a timeout error");
    throw new Failure("AUTHORIZER_FAILURE");
  }
  if (invoked.kind === "failed") {
    // A function says so that nobody is let in.
    if (invoked.message === "Unauthorized") throw new Failure("UNAUTHORIZED");
    call.log.error(`Execution failed due to an authorizer error: ${invoked.message}`);
    throw new Failure("AUTHORIZER_FAILURE");
  }
  if (invoked.kind === "refused") {
    call.log.error(`Execution failed due to configuration error: ${invoked.message}`);
    throw new Failure("AUTHORIZER_CONFIGURATION_ERROR");
  }
  return readDecision(call, invoked.payload);
}

function readDecision(call: Call, payload: Uint8Array): Decision {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(payload).toString());
  } catch {
    answer = undefined;
  }
  const { principalId, policyDocument, context, usageIdentifierKey } = (answer ?? {}) as Record<
    string,
    unknown
  >;
  const members = Object.entries((context ?? {}) as Record<string, unknown>);
  const isFlat = members.every(
    ([, value]) => ["string", "number", "boolean"].includes(typeof value) || value === null,
  );
  if (typeof principalId !== "string" || typeof policyDocument !== "object" || !isFlat) {
    call.log.error("Execution failed due to configuration error: Invalid JSON in response: ");
    throw new Failure("AUTHORIZER_CONFIGURATION_ERROR");
  }
  return {
    policy: policyDocument,
    principalId,
    context: Object.fromEntries(
      members.map(([name, value]) => [name, value === null ? null : String(value)]),
    ),
    ...(typeof usageIdentifierKey === "string" ? { usageIdentifierKey } : {}),
  };
}
