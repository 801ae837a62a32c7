import type { Context, ResourceType, ResourceTypes } from "../define.ts";
import { given, type Made, type Properties, type ResourceInput, text } from "../resource-types.ts";
import {
  absent,
  groupCalls,
  HOLDER_NAMES,
  HOLDERS,
  type HolderCalls,
  namesIn,
  orUndo,
  roleCalls,
  userCalls,
  without,
} from "./stack-holders.ts";

/** An inline policy that several hold. */
async function settleInline(context: Context, after: Properties, before: Properties): Promise<void> {
  const [name, nameBefore] = [text(after.PolicyName) ?? "", text(before.PolicyName) ?? ""];
  for (const kind of HOLDER_NAMES) {
    const holders = namesIn(after, kind);
    const old = namesIn(before, kind);
    for (const holder of name === nameBefore ? without(old, holders) : old) {
      await absent(HOLDERS[kind].drop(context, holder, nameBefore));
    }
    for (const holder of holders) {
      await HOLDERS[kind].put(context, holder, name, text(after.PolicyDocument) ?? "");
    }
  }
}

async function settleAttached(context: Context, arn: string, after: Properties, before: Properties) {
  for (const kind of HOLDER_NAMES) {
    const holders = namesIn(after, kind);
    for (const holder of without(namesIn(before, kind), holders)) {
      await absent(HOLDERS[kind].detach(context, holder, arn));
    }
    for (const holder of holders) await HOLDERS[kind].attach(context, holder, arn);
  }
}

async function shownPolicy(context: Context, PolicyArn: string): Promise<Made> {
  const { Policy } = await context.call("iam", "GetPolicy", { PolicyArn });
  return {
    id: PolicyArn,
    attributes: {
      PolicyArn,
      PolicyId: Policy?.PolicyId ?? "",
      DefaultVersionId: Policy?.DefaultVersionId ?? "",
      AttachmentCount: Policy?.AttachmentCount ?? 0,
      PermissionsBoundaryUsageCount: Policy?.PermissionsBoundaryUsageCount ?? 0,
      IsAttachable: Policy?.IsAttachable ?? true,
      CreateDate: Policy?.CreateDate?.toISOString() ?? "",
      UpdateDate: Policy?.UpdateDate?.toISOString() ?? "",
    },
  };
}

async function makeManaged(context: Context, resource: ResourceInput): Promise<Made> {
  const { properties } = resource;
  const { Policy } = await context.call("iam", "CreatePolicy", {
    PolicyName: text(properties.ManagedPolicyName) ?? resource.name(128),
    PolicyDocument: text(properties.PolicyDocument),
    ...given({ Path: text(properties.Path), Description: text(properties.Description) }),
  });
  const arn = Policy?.Arn ?? "";
  await orUndo(settleAttached(context, arn, properties, {}), () => unmakeManaged(context, arn, properties));
  return shownPolicy(context, arn);
}

/** Another document is another version; the oldest makes room for it. */
async function updateManaged(
  context: Context,
  { properties }: ResourceInput,
  { id: PolicyArn }: Made,
  before: Properties,
): Promise<Made> {
  const PolicyDocument = text(properties.PolicyDocument);
  if (PolicyDocument !== text(before.PolicyDocument)) {
    const { Versions = [] } = await context.call("iam", "ListPolicyVersions", { PolicyArn });
    const oldest = Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion).at(-1);
    if (Versions.length >= 5 && oldest) {
      await context.call("iam", "DeletePolicyVersion", { PolicyArn, VersionId: oldest.VersionId });
    }
    await context.call("iam", "CreatePolicyVersion", { PolicyArn, PolicyDocument, SetAsDefault: true });
  }
  await settleAttached(context, PolicyArn, properties, before);
  return shownPolicy(context, PolicyArn);
}

async function unmakeManaged(context: Context, PolicyArn: string, properties: Properties): Promise<void> {
  await settleAttached(context, PolicyArn, {}, properties);
  await absent(deleteAllVersions(context, PolicyArn));
}

async function deleteAllVersions(context: Context, PolicyArn: string): Promise<void> {
  const { Versions = [] } = await context.call("iam", "ListPolicyVersions", { PolicyArn });
  for (const { VersionId, IsDefaultVersion } of Versions) {
    if (!IsDefaultVersion) await context.call("iam", "DeletePolicyVersion", { PolicyArn, VersionId });
  }
  await context.call("iam", "DeletePolicy", { PolicyArn });
}

/** An inline policy of one holder: `AWS::IAM::RolePolicy`. */
function ofOne(holderName: string, calls: HolderCalls): ResourceType {
  const put = async (context: Context, { properties }: ResourceInput): Promise<Made> => {
    const [name, holder] = [text(properties.PolicyName) ?? "", text(properties[holderName]) ?? ""];
    await calls.put(context, holder, name, text(properties.PolicyDocument) ?? "");
    return { id: `${name}|${holder}`, attributes: {} };
  };
  return {
    properties: { PolicyDocument: "update", PolicyName: "replace", [holderName]: "replace" },
    required: ["PolicyName", holderName],
    create: put,
    update: put,
    delete: (context, _made, properties) =>
      absent(calls.drop(context, text(properties[holderName]) ?? "", text(properties.PolicyName) ?? "")),
  };
}

export const policyTypes: ResourceTypes = {
  "AWS::IAM::Policy": {
    properties: {
      Groups: "update",
      PolicyDocument: "update",
      PolicyName: "update",
      Roles: "update",
      Users: "update",
    },
    required: ["PolicyDocument", "PolicyName"],
    async create(context, resource) {
      const { properties } = resource;
      await orUndo(settleInline(context, properties, {}), () => settleInline(context, {}, properties));
      const id = resource.name(128);
      return { id, attributes: { Id: id } };
    },
    async update(context, { properties }, made, before) {
      await settleInline(context, properties, before);
      return made;
    },
    delete: (context, _made, properties) => settleInline(context, {}, properties),
  },
  "AWS::IAM::ManagedPolicy": {
    properties: {
      Description: "replace",
      Groups: "update",
      ManagedPolicyName: "replace",
      Path: "replace",
      PolicyDocument: "update",
      Roles: "update",
      Users: "update",
    },
    required: ["PolicyDocument"],
    create: makeManaged,
    update: updateManaged,
    delete: (context, { id }, properties) => unmakeManaged(context, id, properties),
  },
  "AWS::IAM::RolePolicy": ofOne("RoleName", roleCalls),
  "AWS::IAM::UserPolicy": ofOne("UserName", userCalls),
  "AWS::IAM::GroupPolicy": ofOne("GroupName", groupCalls),
};
