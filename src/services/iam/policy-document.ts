import { parseArn } from "../../kernel/arn.ts";
import { listOf, type Statement, statementsIn } from "../../kernel/policy.ts";
import { fault } from "./faults.ts";

const malformed = (message: string) => fault("MalformedPolicyDocumentException", message);
const SYNTAX = "Syntax errors in policy.";

interface Document {
  readonly version: unknown;
  readonly statements: readonly Statement[];
}

function read(text: string, invalidJson: string): Document {
  const policy = parsed(text);
  if (policy === undefined) throw malformed(invalidJson);
  const { Version = "2008-10-17", Id = "", Statement: _, ...rest } = policy;
  const statements = statementsIn(text) ?? [];
  const isKnown = Version === "2008-10-17" || Version === "2012-10-17";
  if (statements.length === 0 || !isKnown || typeof Id !== "string" || Object.keys(rest).length > 0) {
    throw malformed(SYNTAX);
  }
  return { version: policy.Version, statements };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

const isAbsent = (value: unknown) => value === undefined || listOf(value).length === 0;

/**
 * Refuses what is no policy of a user, group or role, in IAM's words and order. A managed policy must say its
 * version. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function checkIdentityPolicy(text: string, isManaged = false): void {
  const { version, statements } = read(text, SYNTAX);
  if (isManaged && version !== "2012-10-17") {
    throw malformed("Policy document must be version 2012-10-17 or greater.");
  }
  for (const one of statements) checkStatement(one);
  for (const { Principal, NotPrincipal } of statements) {
    if (Principal !== undefined || NotPrincipal !== undefined) {
      throw malformed("Policy document should not specify a principal.");
    }
  }
  checkSids(statements);
  for (const { Action, NotAction, Resource, NotResource } of statements) {
    if (isAbsent(Action) && isAbsent(NotAction)) throw malformed("Policy statement must contain actions.");
    for (const resource of listOf(Resource ?? NotResource)) checkResource(String(resource));
    for (const action of listOf(Action ?? NotAction)) checkAction(String(action));
    if (isAbsent(Resource) && isAbsent(NotResource))
      throw malformed("Policy statement must contain resources.");
  }
}

/** Refuses what does not say who may assume a role. */
export function checkTrustPolicy(text: string): void {
  const { statements } = read(text, "This policy contains invalid Json");
  for (const one of statements) {
    checkStatement(one);
    if (one.Resource !== undefined || one.NotResource !== undefined) {
      throw malformed("Has prohibited field Resource");
    }
    if (isAbsent(one.Action) && isAbsent(one.NotAction)) throw malformed("Missing required field Action");
    if (one.Principal === undefined && one.NotPrincipal === undefined) {
      throw malformed("Missing required field Principal");
    }
    for (const action of listOf(one.Action ?? one.NotAction)) {
      if (!/^sts:/i.test(String(action)) && action !== "*") {
        throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
      }
    }
    checkPrincipal(one.Principal ?? one.NotPrincipal);
  }
  checkSids(statements);
}

function checkStatement({ Effect, Action, NotAction, Resource, NotResource, Condition }: Statement): void {
  if (Effect === undefined) throw malformed(SYNTAX);
  if (Action !== undefined && NotAction !== undefined) throw malformed(SYNTAX);
  if (Resource !== undefined && NotResource !== undefined) throw malformed(SYNTAX);
  for (const operator of Object.keys(Condition ?? {})) {
    if (!OPERATOR.test(operator)) throw malformed(SYNTAX);
  }
}

const OPERATOR =
  /^(For(All|Any)Values?:)?((String(Not)?Equals(IgnoreCase)?|String(Not)?Like|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null)$/;

function checkSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { Sid } of statements) {
    if (Sid === undefined || Sid === "") continue;
    if (!/^[0-9A-Za-z ]*$/.test(Sid)) {
      throw malformed(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression " +
          "[0-9A-Za-z]*",
      );
    }
    if (seen.has(Sid)) throw malformed("Statement IDs (SID) in a single policy must be unique.");
    seen.add(Sid);
  }
}

function checkAction(action: string): void {
  if (action === "*") return;
  const [vendor = "", ...rest] = action.split(":");
  if (rest.length === 0) {
    throw malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  }
  if (rest.length > 1) throw malformed("Actions/Condition can contain only one colon.");
  if (!/^(\*|[a-zA-Z0-9.-]+)$/.test(vendor)) throw malformed(`Vendor ${vendor} is not valid`);
}

/** What the parts of an ARN are in a message about it, where some are missing. */
const partOr = (part: string | undefined) => part ?? "*";

function checkResource(resource: string): void {
  if (resource === "*") return;
  const parts = resource.split(":");
  if (parts.length === 1 || !resource.startsWith("arn:")) {
    throw malformed(`Resource ${resource} must be in ARN format or "*".`);
  }
  const [, partition = "", service, region, account, ...rest] = parts;
  if (!/^(\*|aws(-[a-z]+)*)$/.test(partition)) {
    const id = rest.length > 0 ? rest.join(":") : "*";
    throw malformed(
      `Partition "${partition}" is not valid for resource ` +
        `"arn:${partition}:${partOr(service)}:${partOr(region)}:${partOr(account)}:${id}".`,
    );
  }
  if (service === undefined || (/[*?]/.test(service) && service !== "*")) {
    throw malformed("Resource vendor must be fully qualified and cannot contain regexes.");
  }
  if (rest.length === 0 && !resource.endsWith("*")) throw malformed("The policy failed legacy parsing");
  if (service === "iam" && region !== undefined && region !== "" && region !== "*") {
    throw malformed(`IAM resource ${resource} cannot contain region information.`);
  }
  if (
    service === "s3" &&
    region &&
    region !== "*" &&
    !/^(accesspoint|job|storage-lens)/.test(rest[0] ?? "")
  ) {
    throw malformed(`Resource ${resource} can not contain region information.`);
  }
}

const PRINCIPAL_KINDS = ["AWS", "Service", "Federated", "CanonicalUser"];

function checkPrincipal(principal: unknown): void {
  if (principal === "*") return;
  if (typeof principal !== "object" || principal === null) {
    throw malformed(`Invalid principal in policy: "AWS":"${principal}"`);
  }
  for (const [kind, names] of Object.entries(principal)) {
    if (!PRINCIPAL_KINDS.includes(kind)) throw malformed(SYNTAX);
    for (const name of listOf(names)) {
      if (isPrincipal(kind, String(name))) continue;
      throw malformed(`Invalid principal in policy: "${kind.toUpperCase()}":"${name}"`);
    }
  }
}

/** Whether it has the form of one. Whether there is one is not asked: it may well be in another account. */
function isPrincipal(kind: string, name: string): boolean {
  if (kind === "Service")
    return /^[a-z0-9.-]+\.(amazonaws\.com|amazon\.com|aws\.internal)(\.cn)?$/i.test(name);
  if (kind === "Federated") return name.startsWith("arn:") || /^[\w.-]+\.[a-z]+$/.test(name);
  if (kind === "CanonicalUser") return /^[0-9a-f]{64}$/.test(name);
  if (name === "*" || /^\d{12}$/.test(name) || /^A[A-Z]{3}[A-Z0-9]{12,}$/.test(name)) return true;
  const arn = parseArn(name);
  return (
    (arn?.service === "iam" || arn?.service === "sts") &&
    /^(\d{12}|cloudfront)$/.test(arn.account) &&
    /^(root$|(user|role|assumed-role|federated-user)\/[^*]+$)/.test(arn.resource)
  );
}
