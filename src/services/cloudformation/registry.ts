// The registry of resource types: those that the platform has, as AWS's own public ones.
import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Context, Handlers, ResourceType } from "../define.ts";
import { fault } from "./faults.ts";
import { paged } from "./paging.ts";

const VERSION = "00000001";

const arnOf = ({ scope }: Context, name: string) =>
  `arn:aws:cloudformation:${scope.region}::type/resource/${name.replaceAll("::", "-")}`;

/** AWS's own have no version in their name; what was registered by anybody is not to be had here. */
export const registry = {
  async ListTypes(input, context) {
    const { Filters: { TypeNamePrefix: prefix = "", Category } = {}, Type = "RESOURCE" } = input;
    const isOurs =
      input.Visibility === "PUBLIC" && Type === "RESOURCE" && (Category ?? "AWS_TYPES") === "AWS_TYPES";
    const names = isOurs ? await context.resourceTypes.names() : [];
    const { items, ...token } = await paged(
      names.filter((name) => name.startsWith(prefix)),
      input.NextToken,
      (name) => name,
      input.MaxResults,
    );
    return {
      TypeSummaries: items.map((name) => ({
        Type: "RESOURCE" as const,
        TypeName: name,
        TypeArn: arnOf(context, name),
        Description: descriptionOf(name),
      })),
      ...token,
    };
  },

  async DescribeType(input, context) {
    const { name, type } = await typeOf(context, input);
    return {
      Arn: arnOf(context, name),
      Type: "RESOURCE",
      TypeName: name,
      DefaultVersionId: VERSION,
      IsDefaultVersion: true,
      Description: descriptionOf(name),
      Schema: JSON.stringify(schemaOf(name, type)),
      ProvisioningType: type.update ? "FULLY_MUTABLE" : "IMMUTABLE",
      DeprecatedStatus: "LIVE",
      Visibility: "PUBLIC",
      IsActivated: true,
    };
  },

  async ListTypeVersions(input, context) {
    const { name } = await typeOf(context, { ...input, TypeName: input.TypeName });
    return {
      TypeVersionSummaries: [
        {
          Arn: `${arnOf(context, name)}/${VERSION}`,
          Type: "RESOURCE",
          TypeName: name,
          VersionId: VERSION,
          IsDefaultVersion: true,
          Description: descriptionOf(name),
        },
      ],
    };
  },
} satisfies Handlers<typeof sdk>;

const descriptionOf = (name: string) => `Resource Type definition for ${name}`;

interface Named {
  readonly Arn?: string | undefined;
  readonly Type?: string | undefined;
  readonly TypeName?: string | undefined;
}

async function typeOf(
  { resourceTypes }: Context,
  { Arn, Type = "RESOURCE", TypeName }: Named,
): Promise<{ readonly name: string; readonly type: ResourceType }> {
  const name = TypeName ?? (Arn?.split("/")[2] ?? "").replaceAll("-", "::");
  const type = Type === "RESOURCE" ? await resourceTypes.find(name) : undefined;
  if (type) return { name, type };
  throw fault("TypeNotFoundException", `The type '${Type}', '${name}' cannot be found.`);
}

/** What is known of the form of a type: the names of its properties, and what a change of each comes to. */
function schemaOf(typeName: string, type: ResourceType): object {
  const { properties, required, attributes = [], update } = type;
  const names = Object.keys(properties).sort();
  const replacing = names.filter((name) => properties[name] === "replace" || !update);
  return {
    typeName,
    description: descriptionOf(typeName),
    properties: Object.fromEntries(names.map((name) => [name, {}])),
    ...(required ? { required } : {}),
    createOnlyProperties: [
      ...replacing.map((name) => `/properties/${name}`),
      ...(type.replacing ?? []).map((path) => `/properties/${path.join("/")}`),
    ],
    readOnlyProperties: attributes.map((name) => `/properties/${name.replaceAll(".", "/")}`),
    additionalProperties: false,
  };
}
