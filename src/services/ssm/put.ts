import type * as sdk from "@aws-sdk/client-ssm";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers, Input } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { checkName } from "./names.ts";
import { tellChange } from "./news.ts";
import { actionsOf, parsePolicies } from "./policies.ts";
import {
  dueKey,
  readLatest,
  tagsKey,
  type VersionRecord,
  versionKey,
  versionsOf,
  writeVersion,
} from "./records.ts";
import { DEFAULT_KEY, seal } from "./sealing.ts";

const MOST_VERSIONS = 100;
const LARGEST = { Standard: 4096, Advanced: 8192 } as const;
const DATA_TYPES = ["text", "aws:ec2:image", "aws:ssm:integration"];

type Put = Input<typeof sdk.PutParameterCommand>;

/** Parameters are put, each time as a version of their own. */
export const putting = {
  async PutParameter(input, context) {
    const name = checkName(input.Name);
    const policies = parsePolicies(input.Policies);
    const { scope, clock } = context;
    for (;;) {
      const before = await context.store.transact((tx) => readLatest(tx, scope, name));
      const plain = versionOf(context, { ...input, Name: name }, before, policies);
      // KMS is asked before, and not while the store is held.
      const record =
        plain.type === "SecureString" ? { ...plain, value: await seal(context, plain, plain.value) } : plain;
      const answer = await context.store.transact(async (tx) => {
        const old = await readLatest(tx, scope, name);
        if (old?.version !== before?.version || old?.type !== before?.type) return undefined;
        await makeRoom(tx, context, name);
        writeVersion(tx, scope, record, true);
        const [next] = actionsOf(record.policies, record.modifiedMs);
        if (next) tx.set(dueKey(scope, name), next.atMs);
        else tx.delete(dueKey(scope, name));
        if (input.Tags?.length) {
          const tags = Object.fromEntries(input.Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
          tx.set(tagsKey(scope, name), tags);
        }
        tellChange(tx, scope, clock.now(), old ? "Update" : "Create", record);
        return { Version: record.version, Tier: record.tier };
      });
      // Somebody else was quicker: this is another version now.
      if (answer) return answer;
    }
  },
} satisfies Handlers<typeof sdk>;

/** The version that a request comes to, its value as it was given. */
function versionOf(
  { clock, principal }: Context,
  input: Put & { readonly Name: string },
  old: VersionRecord | undefined,
  policies: VersionRecord["policies"],
): VersionRecord {
  refuseOverwriting(input, old);
  const type = typeOf(input, old);
  const dataType = input.DataType ?? old?.dataType ?? "text";
  const tier = tierOf(input, old, policies.length > 0);
  const value = input.Value ?? "";
  checkValue(value, type, tier, input.AllowedPattern, dataType);
  return {
    v: 1,
    name: input.Name,
    version: (old?.version ?? 0) + 1,
    type,
    value,
    keyId: type === "SecureString" ? (input.KeyId ?? old?.keyId ?? DEFAULT_KEY) : undefined,
    description: input.Description ?? old?.description,
    allowedPattern: input.AllowedPattern,
    tier,
    dataType,
    policies: input.Policies === undefined ? (old?.policies ?? []) : policies,
    labels: [],
    modifiedMs: clock.now(),
    modifiedBy: principal.arn,
  };
}

function typeOf(input: Put, old: VersionRecord | undefined): sdk.ParameterType {
  const type = input.Type ?? old?.type;
  if (!type) throw invalid("A parameter type is required when you create a parameter.");
  const isOther = old !== undefined && type !== old.type;
  if (isOther && (old.type === "SecureString" || type === "SecureString")) {
    throw fault(
      "HierarchyTypeMismatchException",
      `The parameter type can't be changed from ${old.type} to ${type}.`,
    );
  }
  return type;
}

function refuseOverwriting(input: Put, old: VersionRecord | undefined): void {
  if (!old) return;
  if (!input.Overwrite) {
    throw fault(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to " +
        "true.",
    );
  }
  if (input.Tags?.length) {
    throw invalid(
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please " +
        "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or " +
        "RemoveTagsFromResource.",
    );
  }
}

/** An advanced parameter never becomes a standard one again. */
function tierOf(input: Put, old: VersionRecord | undefined, hasPolicies: boolean): VersionRecord["tier"] {
  const isLarge = Buffer.byteLength(input.Value ?? "") > LARGEST.Standard;
  if (old?.tier === "Advanced" && input.Tier === "Standard") {
    throw invalid(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the " +
        "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced " +
        "parameter and recreate it as a standard parameter.",
    );
  }
  if (old?.tier === "Advanced" || input.Tier === "Advanced") return "Advanced";
  if (input.Tier === "Intelligent-Tiering") return isLarge || hasPolicies ? "Advanced" : "Standard";
  if (hasPolicies) throw invalid("Parameter policies are supported by the advanced-parameter tier only.");
  return "Standard";
}

function checkValue(
  value: string,
  type: sdk.ParameterType,
  tier: VersionRecord["tier"],
  pattern: string | undefined,
  dataType: string,
): void {
  if (value === "") {
    throw invalid(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have " +
        "length greater than or equal to 1",
    );
  }
  if (Buffer.byteLength(value) > LARGEST[tier]) {
    throw invalid(
      tier === "Standard"
        ? "Standard tier parameters support a maximum parameter value of 4096 characters. To create a " +
            "larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more " +
            "information, see " +
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
        : "Advanced tier parameters support a maximum parameter value of 8192 characters.",
    );
  }
  if (!DATA_TYPES.includes(dataType)) {
    throw invalid(
      `The following data type is not supported: ${dataType} (Data type names are all lowercase.)`,
    );
  }
  if (dataType === "aws:ec2:image" && !/^ami-[0-9a-f]{8,17}$/.test(value)) {
    throw invalid(`The AMI ID ${value} is not valid.`);
  }
  if (type === "StringList" && value.split(",").some((part) => part === "")) {
    throw invalid("Invalid StringList: its parts must not be empty.");
  }
  if (pattern === undefined) return;
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    throw fault("InvalidAllowedPatternException", `The regular expression ${pattern} is not valid.`);
  }
  if (!expression.test(value)) {
    throw fault(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
  }
}

/** A hundred versions are kept; the oldest goes, unless it has a label. */
async function makeRoom(tx: Transaction, { scope }: Context, name: string): Promise<void> {
  const versions = await versionsOf(tx, scope, name);
  const [oldest] = versions;
  if (!oldest || versions.length < MOST_VERSIONS) return;
  if (oldest.labels.length > 0) {
    throw fault(
      "ParameterMaxVersionLimitExceeded",
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite ` +
        `flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label ` +
        "associated with it. Move the label to another version of the parameter, and try again.",
    );
  }
  tx.delete(versionKey(scope, name, oldest.version));
}
