import { setTimeout as pause } from "node:timers/promises";
import {
  type Change,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  DescribeStacksCommand,
  type Parameter,
  type Stack,
  type Tag,
} from "@aws-sdk/client-cloudformation";
import { isMap, type JsonMap } from "../deploy/parse.ts";
import { UserError } from "../kernel/faults.ts";
import { isNamed, type Place } from "./clients.ts";
import { followStack } from "./progress.ts";

/** What becomes of a resource. */
export interface PlannedChange {
  readonly action: "add" | "change" | "replace" | "remove" | "import";
  /** It may be that it is only changed: that depends on what others become. */
  readonly isUnsure?: boolean;
  /** What goes stays where it is, as its template has it, and is no longer part of the stack. */
  readonly isKept?: boolean;
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  /** Properties and attributes that change. */
  readonly properties: readonly PlannedProperty[];
  /** Whether what it holds is gone afterwards. */
  readonly losesData: boolean;
}

export interface PlannedProperty {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
  /** Whether it is why the resource is replaced. */
  readonly isReplacing: boolean;
}

/** A change set that waits for a yes. */
export interface Plan {
  readonly changeSet: string;
  readonly stackId: string;
  readonly isNew: boolean;
  /** Nothing at all would change. */
  readonly isEmpty: boolean;
  readonly changes: readonly PlannedChange[];
  /** What the platform does not have, and the stack goes without. */
  readonly left: readonly LeftOut[];
  /** What of it is kept and has no effect. */
  readonly idle: readonly IdleProperties[];
}

export interface LeftOut {
  readonly logicalId: string;
  readonly type: string;
}

export interface IdleProperties {
  readonly type: string;
  readonly properties: readonly string[];
}

export interface Asked {
  readonly stack: string;
  readonly templateUrl: string;
  readonly template: JsonMap;
  readonly parameters: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  /** Whether what the platform does not have is left out. */
  readonly leavesOut: boolean;
  /** Whether traffic goes to new versions at once, whatever the template says of that. */
  readonly isAtOnce?: boolean;
}

/** What holds something that its owner would miss. */
const KEEPERS = new Set([
  "AWS::DynamoDB::GlobalTable",
  "AWS::DynamoDB::Table",
  "AWS::Kinesis::Stream",
  "AWS::KMS::Key",
  "AWS::Logs::LogGroup",
  "AWS::S3::Bucket",
  "AWS::SQS::Queue",
  "AWS::SSM::Parameter",
  "AWS::SecretsManager::Secret",
]);

/** Whoever deploys here may do everything: what asks for a sign on AWS is in the plan. */
const CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"] as const;

/** Goes among them where what the platform does not have is to be left out. */
const LENIENT = "NUAGE_ALLOW_UNSUPPORTED";
/** And this where somebody works on it, who does not wait for its traffic to move bit by bit. */
const AT_ONCE = "NUAGE_ALL_AT_ONCE";

const STEP_MS = 60;

/** The stack of that name, or undefined. */
export async function findStack(place: Place, name: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await place.cloudformation.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0];
  } catch (error) {
    if (isNamed(error, "ValidationError")) return undefined;
    throw error;
  }
}

/** What deploying would come to. What an earlier attempt left of a stack that never was is removed first. */
export async function makePlan(place: Place, asked: Asked, name: string): Promise<Plan> {
  const stack = await clearedStack(place, asked.stack);
  const isNew = stack === undefined || stack.StackStatus === "REVIEW_IN_PROGRESS";
  const parameters = parametersFor(asked, isNew ? undefined : stack);
  const tags: Tag[] = Object.entries(asked.tags).map(([Key, Value]) => ({ Key, Value }));
  const { Id: changeSet = "", StackId: stackId = "" } = await place.cloudformation.send(
    new CreateChangeSetCommand({
      StackName: asked.stack,
      ChangeSetName: name,
      ChangeSetType: isNew ? "CREATE" : "UPDATE",
      TemplateURL: asked.templateUrl,
      Parameters: parameters,
      Capabilities: capabilitiesOf(asked) as (typeof CAPABILITIES)[number][],
      ...(tags.length > 0 ? { Tags: tags } : {}),
    }),
  );
  const described = await settled(place, changeSet);
  const isEmpty = described.Status === "FAILED";
  const changes = (described.Changes ?? []).flatMap(planned);
  const [left, idle] = [leftOut(described.StatusReason), idleIn(described.StatusReason)];
  const plan = { changeSet, stackId, isNew, isEmpty, changes, left, idle };
  if (!isEmpty) return plan;
  await dropPlan(place, plan);
  if (hasNothing(described.StatusReason)) return plan;
  throw new UserError(described.StatusReason ?? "The change set failed.");
}

const capabilitiesOf = ({ capabilities, leavesOut, isAtOnce }: Asked) => [
  ...new Set([
    ...CAPABILITIES,
    ...capabilities,
    ...(leavesOut ? [LENIENT] : []),
    ...(isAtOnce ? [AT_ONCE] : []),
  ]),
];

const lineOf = (reason: string, beginning: string) =>
  reason.split("\n").find((line) => line.startsWith(beginning)) ?? "";

/** A change set says of itself what it leaves out: `Net (AWS::EC2::VPC), Address (AWS::EC2::EIP)`. */
const leftOut = (reason = ""): LeftOut[] =>
  [...lineOf(reason, "Left out").matchAll(/(\w+) \(([\w:]+)\)/g)].map(([, logicalId = "", type = ""]) => ({
    logicalId,
    type,
  }));

/** And what has no effect: `AWS::S3::Bucket (LifecycleConfiguration, VersioningConfiguration)`. */
const idleIn = (reason = ""): IdleProperties[] =>
  [...lineOf(reason, "Accepted").matchAll(/([\w:]+) \(([\w, ]+)\)/g)].map(([, type = "", names = ""]) => ({
    type,
    properties: names.split(", "),
  }));

/** CloudFormation and SAM's transform say it differently. */
const hasNothing = (reason = "") =>
  reason.includes("didn't contain changes") || reason.includes("No updates are to be performed");

const NEVER_WAS = new Set(["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"]);

async function clearedStack(place: Place, name: string): Promise<Stack | undefined> {
  const stack = await findStack(place, name);
  const { StackStatus: status = "", StackId: id = name } = stack ?? {};
  if (status === "UPDATE_ROLLBACK_FAILED") {
    throw new UserError(
      `${name} could be neither updated nor rolled back. Continue its rollback first: ` +
        `aws cloudformation continue-update-rollback --stack-name ${name}`,
    );
  }
  if (status.endsWith("_IN_PROGRESS") && status !== "REVIEW_IN_PROGRESS")
    throw new UserError(`${name} is being worked on (${status}): try again when that is done.`);
  if (!NEVER_WAS.has(status)) return stack;
  await place.cloudformation.send(new DeleteStackCommand({ StackName: id }));
  await followStack(place, id, () => {});
  return findStack(place, name);
}

function parametersFor({ template, parameters }: Asked, stack: Stack | undefined): Parameter[] {
  const declared = isMap(template.Parameters) ? Object.keys(template.Parameters) : [];
  const before = new Set((stack?.Parameters ?? []).map(({ ParameterKey }) => ParameterKey));
  return declared.flatMap((name): Parameter[] => {
    const value = parameters[name];
    if (value !== undefined) return [{ ParameterKey: name, ParameterValue: value }];
    return before.has(name) ? [{ ParameterKey: name, UsePreviousValue: true }] : [];
  });
}

/** The change set once it is made, with all its changes. */
async function settled(place: Place, changeSet: string): Promise<DescribeChangeSetCommandOutput> {
  for (;;) {
    const described = await place.cloudformation.send(
      new DescribeChangeSetCommand({ ChangeSetName: changeSet, IncludePropertyValues: true }),
    );
    if (!/PENDING|IN_PROGRESS/.test(described.Status ?? "")) return withAllChanges(place, described);
    await pause(STEP_MS);
  }
}

async function withAllChanges(
  place: Place,
  first: DescribeChangeSetCommandOutput,
): Promise<DescribeChangeSetCommandOutput> {
  const changes = [...(first.Changes ?? [])];
  for (let token = first.NextToken; token !== undefined; ) {
    const input = { ChangeSetName: first.ChangeSetId, NextToken: token, IncludePropertyValues: true };
    const page = await place.cloudformation.send(new DescribeChangeSetCommand(input));
    changes.push(...(page.Changes ?? []));
    token = page.NextToken;
  }
  return { ...first, Changes: changes };
}

function planned({ ResourceChange: change }: Change): PlannedChange[] {
  if (!change) return [];
  const { LogicalResourceId = "", ResourceType = "", PhysicalResourceId, PolicyAction = "" } = change;
  const action = actionOf(change);
  const goes = action === "remove" || action === "replace";
  const isKept = goes && PolicyAction.includes("Retain");
  return [
    {
      action,
      logicalId: LogicalResourceId,
      type: ResourceType,
      ...(PhysicalResourceId === undefined ? {} : { physicalId: PhysicalResourceId }),
      properties: propertiesOf(change),
      losesData: goes && KEEPERS.has(ResourceType) && !isKept,
      ...(isKept ? { isKept } : {}),
      ...(change.Replacement === "Conditional" ? { isUnsure: true } : {}),
    },
  ];
}

type ResourceChange = NonNullable<Change["ResourceChange"]>;

function actionOf({ Action, Replacement }: ResourceChange): PlannedChange["action"] {
  if (Action === "Modify" || Action === "Dynamic")
    return Replacement === "True" || Replacement === "Conditional" ? "replace" : "change";
  if (Action === "Remove") return "remove";
  return Action === "Import" ? "import" : "add";
}

function propertiesOf({ Details }: ResourceChange): PlannedProperty[] {
  const found = new Map<string, PlannedProperty>();
  for (const { Target } of Details ?? []) {
    const { Name, Attribute = "", BeforeValue, AfterValue, RequiresRecreation = "Never" } = Target ?? {};
    const name = Name ?? Attribute;
    const isReplacing = found.get(name)?.isReplacing || RequiresRecreation !== "Never";
    found.set(name, {
      name,
      ...(BeforeValue === undefined ? {} : { before: BeforeValue }),
      ...(AfterValue === undefined ? {} : { after: AfterValue }),
      isReplacing,
    });
  }
  return [...found.values()];
}

/** Takes a plan back, with the stack that only it was made for. */
export async function dropPlan(place: Place, { changeSet, stackId, isNew }: Plan): Promise<void> {
  await place.cloudformation.send(new DeleteChangeSetCommand({ ChangeSetName: changeSet }));
  if (isNew) await place.cloudformation.send(new DeleteStackCommand({ StackName: stackId }));
}
