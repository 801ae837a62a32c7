// What a change set would do to a stack's resources, worked out before anything is touched.
import { isDeepStrictEqual } from "node:util";
import type * as sdk from "@aws-sdk/client-cloudformation";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Context, ResourceType } from "../define.ts";
import type { Properties, Property } from "../resource-types.ts";
import { resourcesOf } from "./application.ts";
import { type Looked, type Prepared, propertiesOf } from "./prepare.ts";
import { changedNames, replaces } from "./property-changes.ts";
import type { Physical, ResourceRecord, StackRecord } from "./records.ts";

/** Stands where a value is known only once the stack has been made. */
const LATER = "{{changeSet:KNOWN_AFTER_APPLY}}";
/** Longer values are cut. */
const LONGEST = 4096;

/** The resources of a stack as they are, and what is known by then of those that they are to be. */
interface Ahead {
  readonly context: Context;
  readonly stack: StackRecord;
  readonly prepared: Prepared;
  readonly looked: Looked;
  /** Values that nobody is to see. */
  readonly hidden: readonly string[];
}

/** Changes of all resources: first of those that others need, for what is replaced changes who names it. */
export async function changesFor(
  context: Context,
  stack: StackRecord,
  prepared: Prepared,
): Promise<sdk.Change[]> {
  const records = new Map(
    (await resourcesOf(context.store, stack.stackId)).map((each) => [each.logicalId, each]),
  );
  const anew = new Set<string>();
  const standing = (name: string) => (anew.has(name) ? undefined : records.get(name)?.physical);
  const looked: Looked = {
    refOf: (name) =>
      standing(name)?.id ?? (name in prepared.resources || name in prepared.left ? LATER : undefined),
    attributeOf: (name, attribute) => standing(name)?.attributes[attribute] ?? LATER,
    importOf: () => LATER,
  };
  const ahead = { context, stack, prepared, looked, hidden: hiddenIn(stack, prepared) };
  const found = new Map<string, sdk.ResourceChange>();
  for (const logicalId of inOrder(prepared)) {
    const change = await changeOf(ahead, logicalId, records.get(logicalId));
    if (change?.Replacement === "True" || change?.Replacement === "Conditional") anew.add(logicalId);
    if (change) found.set(logicalId, change);
  }
  const kept = Object.keys(prepared.resources).flatMap((name) => found.get(name) ?? []);
  const removed = [...records.values()].filter(({ logicalId }) => !(logicalId in prepared.resources));
  return [...kept, ...removed.map(removalOf)].map((ResourceChange) => ({ Type: "Resource", ResourceChange }));
}

function* inOrder({ resources, dependencies }: Prepared): Generator<string> {
  const left = new Set(Object.keys(resources));
  while (left.size > 0) {
    for (const name of left) {
      if ([...(dependencies.get(name) ?? [])].some((other) => left.has(other))) continue;
      left.delete(name);
      yield name;
    }
  }
}

/** What parameters were given that are not to be seen, then and now. */
function hiddenIn({ wanted }: StackRecord, { template, parameters, given }: Prepared): string[] {
  const names = Object.keys(parameters).filter(
    (name) => String(template.parameters[name]?.NoEcho) === "true",
  );
  const values = names.flatMap((name) => [given[name], wanted.parameters[name], String(parameters[name])]);
  return values.filter((value): value is string => value !== undefined && value !== "");
}

async function changeOf(
  ahead: Ahead,
  logicalId: string,
  record: ResourceRecord | undefined,
): Promise<sdk.ResourceChange | undefined> {
  const type = ahead.prepared.resources[logicalId]?.Type ?? "";
  if (!record?.physical)
    return { Action: "Add", LogicalResourceId: logicalId, ResourceType: type, Scope: [], Details: [] };
  const known = await ahead.context.resourceTypes.find(type);
  return known && modification(ahead, { logicalId, type, known, physical: record.physical });
}

function removalOf({ logicalId, type, physical, deletionPolicy }: ResourceRecord): sdk.ResourceChange {
  return {
    Action: "Remove",
    PolicyAction: deletionPolicy.startsWith("Retain") ? "Retain" : asSnapshot(deletionPolicy, "Delete"),
    LogicalResourceId: logicalId,
    PhysicalResourceId: physical?.id,
    ResourceType: type,
    Scope: [],
    Details: [],
  };
}

const asSnapshot = (policy: string, otherwise: "Delete") => (policy === "Snapshot" ? "Snapshot" : otherwise);

interface Standing {
  readonly logicalId: string;
  readonly type: string;
  readonly known: ResourceType;
  readonly physical: Physical;
}

function modification(ahead: Ahead, standing: Standing): sdk.ResourceChange | undefined {
  const { logicalId, type, known, physical } = standing;
  const after = propertiesOrNothing(ahead, logicalId);
  const changed = changedNames(physical.properties, after);
  const hasTags = known.properties.Tags === "update" && hasOtherTags(physical, ahead.prepared.tags);
  const isOther = physical.type !== type;
  if (changed.length === 0 && !isOther && !hasTags) return undefined;
  const details = changed.map((name) => detailOf(ahead, standing, name, after));
  const replacement = isOther ? "True" : replacementOf(details);
  return {
    Action: "Modify",
    ...(replacement === "False" ? {} : { PolicyAction: replacing(ahead.prepared, logicalId) }),
    LogicalResourceId: logicalId,
    PhysicalResourceId: physical.id,
    ResourceType: type,
    Replacement: replacement,
    Scope: [
      ...(changed.length > 0 ? (["Properties"] as const) : []),
      ...(hasTags ? (["Tags"] as const) : []),
    ],
    Details: hasTags ? [...details, TAGS] : details,
  };
}

/** The stack's tags, which are handed on. */
const TAGS: sdk.ResourceChangeDetail = {
  Target: { Attribute: "Tags", RequiresRecreation: "Never" },
  Evaluation: "Static",
  ChangeSource: "DirectModification",
};

const hasOtherTags = ({ tags = {} }: Physical, wanted: Prepared["tags"]) => !isDeepStrictEqual(tags, wanted);

function replacing({ resources }: Prepared, logicalId: string): sdk.PolicyAction {
  const policy = String(resources[logicalId]?.UpdateReplacePolicy ?? "Delete");
  if (policy.startsWith("Retain")) return "ReplaceAndRetain";
  return policy === "Snapshot" ? "ReplaceAndSnapshot" : "ReplaceAndDelete";
}

function replacementOf(details: readonly sdk.ResourceChangeDetail[]): sdk.Replacement {
  const always = details.filter(({ Target }) => Target?.RequiresRecreation === "Always");
  if (always.some(({ Evaluation }) => Evaluation === "Static")) return "True";
  return always.length > 0 ? "Conditional" : "False";
}

function detailOf(
  ahead: Ahead,
  { known, physical }: Standing,
  name: string,
  after: Properties,
): sdk.ResourceChangeDetail {
  const [was, is] = [physical.properties[name], after[name]];
  const isReplacing = replaces(known, name, physical.properties, after);
  const text = (value: Property | undefined) => shown(ahead, value);
  const isLater = JSON.stringify(is)?.includes(LATER) === true;
  return {
    Target: {
      Attribute: "Properties",
      Name: name,
      RequiresRecreation: isReplacing ? "Always" : "Never",
      Path: `/Properties/${name}`,
      ...(was === undefined ? {} : { BeforeValue: text(was) }),
      ...(is === undefined ? {} : { AfterValue: text(is) }),
      AttributeChangeType: was === undefined ? "Add" : is === undefined ? "Remove" : "Modify",
    },
    Evaluation: isLater ? "Dynamic" : "Static",
    ChangeSource: isLater ? "ResourceReference" : "DirectModification",
  };
}

function shown({ hidden }: Ahead, value: Property | undefined): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const masked = hidden.reduce((known, secret) => known.replaceAll(secret, "****"), text);
  return masked.slice(0, LONGEST);
}

function propertiesOrNothing({ prepared, looked }: Ahead, logicalId: string): Properties {
  try {
    return propertiesOf(prepared, logicalId, looked);
  } catch (error) {
    // A function of a value that is not known yet.
    if (error instanceof TemplateError) return {};
    throw error;
  }
}

/** Without the values of properties, which only who asks for them is told. */
export function withoutValues({ ResourceChange: change, ...rest }: sdk.Change): sdk.Change {
  const Details = change?.Details?.map(({ Target, ...detail }) => {
    const { BeforeValue, AfterValue, AttributeChangeType, Path, ...target } = Target ?? {};
    return { ...detail, Target: target };
  });
  return { ...rest, ResourceChange: { ...change, ...(Details ? { Details } : {}) } };
}
