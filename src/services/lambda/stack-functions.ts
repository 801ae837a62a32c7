// What stacks may have of functions themselves: their code and settings, versions and aliases.
import { strToU8, zipSync } from "fflate";
import type { Context, ResourceTypes } from "../define.ts";
import {
  droppedTags,
  given,
  gone,
  list,
  members,
  number,
  type Properties,
  type ResourceInput,
  tagList,
  tagsOf,
  text,
  unlessGone,
} from "../resource-types.ts";
import { inlineFiles } from "./inline-modules.ts";

const MISSING = "ResourceNotFoundException";

/** Properties that CreateFunction and UpdateFunctionConfiguration take as they are. */
const CONFIGURATION = [
  "DeadLetterConfig",
  "Environment",
  "EphemeralStorage",
  "FileSystemConfigs",
  "ImageConfig",
  "KmsKeyArn",
  "Layers",
  "LoggingConfig",
  "SnapStart",
  "TracingConfig",
  "VpcConfig",
] as const;

function configurationOf({ properties }: ResourceInput) {
  const plain = CONFIGURATION.map((name) => [name === "KmsKeyArn" ? "KMSKeyArn" : name, properties[name]]);
  const environment = members(members(properties.Environment).Variables);
  const storage = number(members(properties.EphemeralStorage).Size);
  return given({
    ...Object.fromEntries(plain),
    Description: text(properties.Description),
    Environment: properties.Environment && {
      Variables: Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, text(value) ?? ""]),
      ),
    },
    EphemeralStorage: storage === undefined ? undefined : { Size: storage },
    Handler: text(properties.Handler),
    MemorySize: number(properties.MemorySize),
    Role: text(properties.Role),
    Runtime: text(properties.Runtime) as "nodejs22.x",
    Timeout: number(properties.Timeout),
  });
}

/** Code that a template has itself is one file, called as its runtime expects. */
function codeOf({ properties }: ResourceInput) {
  const code = members(properties.Code);
  const inline = text(code.ZipFile);
  if (inline === undefined) {
    return given({
      S3Bucket: text(code.S3Bucket),
      S3Key: text(code.S3Key),
      S3ObjectVersion: text(code.S3ObjectVersion),
      ImageUri: text(code.ImageUri),
    });
  }
  const files = Object.entries(inlineFiles(text(properties.Runtime), inline));
  return { ZipFile: zipSync(Object.fromEntries(files.map(([name, held]) => [name, strToU8(held)]))) };
}

const fn = (name: string, arn: string) => ({ id: name, attributes: { Arn: arn } });

async function settle(
  context: Context,
  FunctionName: string,
  { properties }: ResourceInput,
  before: Properties,
): Promise<void> {
  const reserved = number(properties.ReservedConcurrentExecutions);
  if (reserved !== undefined) {
    await context.call("lambda", "PutFunctionConcurrency", {
      FunctionName,
      ReservedConcurrentExecutions: reserved,
    });
  } else if (before.ReservedConcurrentExecutions !== undefined) {
    await context.call("lambda", "DeleteFunctionConcurrency", { FunctionName });
  }
  const loop = text(properties.RecursiveLoop) as "Allow" | undefined;
  if (loop) await context.call("lambda", "PutFunctionRecursionConfig", { FunctionName, RecursiveLoop: loop });
}

const qualified = (arn: string) => arn.split(":").at(-1) ?? "";

export const functions: ResourceTypes = {
  "AWS::Lambda::Function": {
    attributes: ["Arn"],
    properties: {
      ...Object.fromEntries(CONFIGURATION.map((name) => [name, "update" as const])),
      Architectures: "update",
      Code: "update",
      Description: "update",
      FunctionName: "replace",
      Handler: "update",
      MemorySize: "update",
      PackageType: "replace",
      RecursiveLoop: "update",
      ReservedConcurrentExecutions: "update",
      Role: "update",
      Runtime: "update",
      RuntimeManagementConfig: "accepted",
      Tags: "update",
      Timeout: "update",
    },
    required: ["Code", "Role"],
    async create(context, resource) {
      const { properties } = resource;
      const name = text(properties.FunctionName) ?? resource.name(64);
      const { FunctionArn = "" } = await context.call("lambda", "CreateFunction", {
        FunctionName: name,
        Code: codeOf(resource),
        ...(properties.Architectures
          ? { Architectures: list(properties.Architectures).map(text) as ["x86_64"] }
          : {}),
        ...(properties.PackageType ? { PackageType: text(properties.PackageType) as "Zip" } : {}),
        ...configurationOf(resource),
        Tags: tagsOf(resource),
      } as never);
      await settle(context, name, resource, {});
      return fn(name, FunctionArn);
    },
    async update(context, resource, { id }, before) {
      const { properties } = resource;
      if (
        text(properties.Code) !== text(before.Code) ||
        text(properties.Architectures) !== text(before.Architectures)
      ) {
        await context.call("lambda", "UpdateFunctionCode", {
          FunctionName: id,
          ...codeOf(resource),
          ...(properties.Architectures
            ? { Architectures: list(properties.Architectures).map(text) as ["x86_64"] }
            : {}),
        });
      }
      const reset = { Description: "", MemorySize: 128, Timeout: 3, Environment: { Variables: {} } };
      const dropped = Object.entries(reset).filter(
        ([name]) => before[name] !== undefined && properties[name] === undefined,
      );
      const { FunctionArn = "" } = await context.call("lambda", "UpdateFunctionConfiguration", {
        FunctionName: id,
        ...Object.fromEntries(dropped),
        ...configurationOf(resource),
      } as never);
      await settle(context, id, resource, before);
      const TagKeys = droppedTags(resource, before);
      if (TagKeys.length > 0)
        await context.call("lambda", "UntagResource", { Resource: FunctionArn, TagKeys });
      if (Object.keys(tagsOf(resource)).length > 0)
        await context.call("lambda", "TagResource", { Resource: FunctionArn, Tags: tagsOf(resource) });
      return fn(id, FunctionArn);
    },
    delete: (context, { id }) =>
      gone(context.call("lambda", "DeleteFunction", { FunctionName: id }), MISSING),
    read: (context, { id: FunctionName }) =>
      unlessGone(async () => {
        const answer = await context.call("lambda", "GetFunction", { FunctionName });
        const { Configuration: found = {}, Concurrency, Tags } = answer;
        return {
          Architectures: found.Architectures,
          Description: found.Description,
          Environment: found.Environment && { Variables: found.Environment.Variables ?? {} },
          EphemeralStorage: found.EphemeralStorage,
          FunctionName: found.FunctionName,
          Handler: found.Handler,
          Layers: found.Layers?.map(({ Arn = "" }) => Arn),
          MemorySize: found.MemorySize,
          PackageType: found.PackageType,
          ReservedConcurrentExecutions: Concurrency?.ReservedConcurrentExecutions,
          Role: found.Role,
          Runtime: found.Runtime,
          Tags: tagList(Tags),
          Timeout: found.Timeout,
          TracingConfig: found.TracingConfig,
        };
      }, MISSING),
  },
  "AWS::Lambda::Version": {
    attributes: ["FunctionArn", "Version"],
    properties: {
      CodeSha256: "replace",
      Description: "replace",
      FunctionName: "replace",
      ProvisionedConcurrencyConfig: "accepted",
      RuntimePolicy: "accepted",
    },
    required: ["FunctionName"],
    async create(context, { properties }) {
      const FunctionName = text(properties.FunctionName) ?? "";
      const { FunctionArn = "", Version = "" } = await context.call("lambda", "PublishVersion", {
        FunctionName,
        Description: text(properties.Description),
        CodeSha256: text(properties.CodeSha256),
      });
      return { id: FunctionArn, attributes: { Version, FunctionArn } };
    },
    delete: (context, { id }) =>
      gone(
        context.call("lambda", "DeleteFunction", {
          FunctionName: id.split(":").slice(0, -1).join(":"),
          Qualifier: qualified(id),
        }),
        MISSING,
      ),
  },
  "AWS::Lambda::Alias": {
    attributes: ["AliasArn"],
    properties: {
      Description: "update",
      FunctionName: "replace",
      FunctionVersion: "update",
      Name: "replace",
      ProvisionedConcurrencyConfig: "update",
      RoutingConfig: "update",
    },
    required: ["FunctionName", "FunctionVersion", "Name"],
    async create(context, { properties }) {
      const { AliasArn = "" } = await context.call("lambda", "CreateAlias", {
        FunctionName: text(properties.FunctionName),
        Name: text(properties.Name),
        ...aliasOf(properties),
      });
      await provision(context, properties, {});
      return { id: AliasArn, attributes: { AliasArn } };
    },
    async update(context, { properties }, made, before) {
      await context.call("lambda", "UpdateAlias", {
        FunctionName: text(properties.FunctionName),
        Name: text(properties.Name),
        ...Object.assign({ RoutingConfig: {} }, aliasOf(properties)),
      });
      await provision(context, properties, before);
      return made;
    },
    delete: (context, { id }) =>
      gone(
        context.call("lambda", "DeleteAlias", {
          FunctionName: id.split(":").slice(0, -1).join(":"),
          Name: qualified(id),
        }),
        MISSING,
      ),
  },
};

function aliasOf(properties: Properties) {
  const weights = list(members(properties.RoutingConfig).AdditionalVersionWeights).map((each) => {
    const { FunctionVersion, FunctionWeight } = members(each);
    return [text(FunctionVersion) ?? "", Number(FunctionWeight)];
  });
  return given({
    FunctionVersion: text(properties.FunctionVersion),
    Description: text(properties.Description),
    RoutingConfig: weights.length > 0 ? { AdditionalVersionWeights: Object.fromEntries(weights) } : undefined,
  });
}

async function provision(context: Context, properties: Properties, before: Properties): Promise<void> {
  const count = number(members(properties.ProvisionedConcurrencyConfig).ProvisionedConcurrentExecutions);
  const named = { FunctionName: text(properties.FunctionName), Qualifier: text(properties.Name) };
  if (count !== undefined) {
    await context.call("lambda", "PutProvisionedConcurrencyConfig", {
      ...named,
      ProvisionedConcurrentExecutions: count,
    });
  } else if (before.ProvisionedConcurrencyConfig)
    await context.call("lambda", "DeleteProvisionedConcurrencyConfig", named);
}
