import type { HttpIdentity, HttpRequest, HttpResponse } from "../../../kernel/http.ts";
import type { Store } from "../../../store/store.ts";
import { functionArn, qualifiedArn } from "../names.ts";
import { type PolicyCaller, policyAllows, policyDenies, type Statement } from "../policy.ts";
import { readPolicy } from "../records.ts";
import type { UrlOwner, UrlRecord } from "./records.ts";

/** Both are needed since October 2025. https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
const ACTIONS = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"] as const;

const HELP = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

/** Whether a request may reach its function: by whom it is signed, or what to answer and why. */
export type Access =
  | { readonly identity?: HttpIdentity }
  | { readonly refused: HttpResponse; readonly code: string; readonly reason: string };

/**
 * With NONE everybody must be let in by the resource's policy. With AWS_IAM a request is signed; callers of
 * the function's own account are let in unless the policy denies it, those of another need to be let in.
 */
export async function checkAccess(
  request: HttpRequest,
  owner: UrlOwner,
  record: UrlRecord,
  store: Store,
): Promise<Access> {
  const policy = await store.transact((tx) => readPolicy(tx, owner, owner.qualifier));
  const statements = (policy?.statements ?? []).map((text) => JSON.parse(text) as Statement);
  if (record.authType === "NONE") {
    const missing = missingAction(statements, { everybody: true }, owner, "NONE");
    return missing === undefined ? {} : denied(`no statement lets everybody do ${missing}`);
  }
  const signer = await request.signer("lambda");
  if (signer.kind === "unsigned") {
    return refused("AccessDeniedException", { Message: "Forbidden" }, "the request is not signed");
  }
  if (signer.kind === "refused") {
    return refused(signer.code, { message: signer.message }, signer.message);
  }
  const { identity } = signer;
  const caller: PolicyCaller = { arn: identity.arn, account: identity.account };
  const missing =
    identity.account === owner.account
      ? deniedAction(statements, caller, owner)
      : missingAction(statements, caller, owner, "AWS_IAM");
  return missing === undefined ? { identity } : denied(`${identity.arn} may not do ${missing}`);
}

function missingAction(
  statements: readonly Statement[],
  caller: PolicyCaller,
  owner: UrlOwner,
  authType: UrlRecord["authType"],
): string | undefined {
  return ACTIONS.find((action) => !policyAllows(statements, asked(action, caller, owner, authType)));
}

function deniedAction(
  statements: readonly Statement[],
  caller: PolicyCaller,
  owner: UrlOwner,
): string | undefined {
  return ACTIONS.find((action) => policyDenies(statements, asked(action, caller, owner, "AWS_IAM")));
}

function asked(action: string, caller: PolicyCaller, owner: UrlOwner, authType: UrlRecord["authType"]) {
  return {
    caller,
    action,
    resource: owner.qualifier === "$LATEST" ? functionArn(owner) : qualifiedArn(owner, owner.qualifier),
    keys: { "lambda:functionurlauthtype": authType, "lambda:invokedviafunctionurl": "true" },
  };
}

function denied(reason: string): Access {
  const Message = `Forbidden. For troubleshooting Function URL authorization issues, see: ${HELP}`;
  return refused("AccessDeniedException", { Message }, reason);
}

function refused(code: string, body: object, reason: string): Access {
  return { refused: refusal(403, code, body), code, reason };
}

/** An answer of Lambda itself. */
export function refusal(status: number, code: string, body: object): HttpResponse {
  return {
    status,
    headers: [
      ["content-type", "application/json"],
      ["x-amzn-errortype", code],
    ],
    body: JSON.stringify(body),
  };
}
