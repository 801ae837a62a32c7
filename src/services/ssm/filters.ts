import type * as sdk from "@aws-sdk/client-ssm";
import type { Context } from "../define.ts";
import { fault } from "./faults.ts";
import { parametersOf, tagsKey, type VersionRecord } from "./records.ts";

type Wanted = (record: VersionRecord) => boolean;

const KEYS = /^(Name|Type|KeyId|Path|Label|Tier|DataType|tag:.+)$/;
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  Name: ["Equals", "BeginsWith", "Contains"],
  Path: ["OneLevel", "Recursive"],
};

/** What must hold of a parameter, by the filters of today and those of old. */
export async function filterOf(
  context: Context,
  filters: readonly sdk.ParameterStringFilter[] | undefined,
  legacy: readonly sdk.ParametersFilter[] | undefined,
): Promise<Wanted> {
  const all = [
    ...(filters ?? []),
    ...(legacy ?? []).map(({ Key, Values }) => ({
      Key,
      Values,
      Option: Key === "Name" ? "BeginsWith" : undefined,
    })),
  ];
  for (const filter of all) check(filter);
  const tags = all.some(({ Key }) => Key?.startsWith("tag:")) ? await tagsOfAll(context) : new Map();
  return (record) => all.every((filter) => holds(filter, record, tags.get(record.name) ?? {}));
}

function check({ Key = "", Option, Values = [] }: sdk.ParameterStringFilter): void {
  if (!KEYS.test(Key)) throw fault("InvalidFilterKey", `The specified filter key ${Key} is not valid.`);
  const options = OPTIONS[Key] ?? ["Equals", "BeginsWith"];
  if (Option !== undefined && !options.includes(Option)) {
    throw fault("InvalidFilterOption", `The following filter option is not valid: ${Option}.`);
  }
  if (Values.length === 0 && !Key.startsWith("tag:")) {
    throw fault("InvalidFilterValue", `The following filter values are missing : null for filter key ${Key}`);
  }
}

function holds(
  { Key = "", Option, Values = [] }: sdk.ParameterStringFilter,
  record: VersionRecord,
  tags: Readonly<Record<string, string>>,
): boolean {
  if (Key.startsWith("tag:")) {
    const value = tags[Key.slice("tag:".length)];
    return value !== undefined && (Values.length === 0 || Values.includes(value));
  }
  const fits = (value: string | undefined) =>
    value !== undefined &&
    Values.some((wanted) => {
      if (Option === "BeginsWith") return value.startsWith(wanted);
      return Option === "Contains" ? value.includes(wanted) : value === wanted;
    });
  switch (Key) {
    case "Name":
      // With or without the slash of a path.
      return fits(record.name) || fits(record.name.replace(/^\//, ""));
    case "Type":
      return fits(record.type);
    case "KeyId":
      return fits(record.keyId);
    case "Tier":
      return fits(record.tier);
    case "DataType":
      return fits(record.dataType);
    case "Label":
      return record.labels.some(fits);
    default:
      return Values.some((path) => isBelow(record.name, path, Option === "Recursive"));
  }
}

function isBelow(name: string, path: string, isDeep: boolean): boolean {
  const below = path.endsWith("/") ? path : `${path}/`;
  if (path === "/" && !name.startsWith("/")) return true;
  return name.startsWith(below) && (isDeep || !name.slice(below.length).includes("/"));
}

function tagsOfAll({ store, scope }: Context): Promise<Map<string, Record<string, string>>> {
  return store.transact(async (tx) => {
    const found = new Map<string, Record<string, string>>();
    for await (const { name } of parametersOf(tx, scope)) {
      const tags = (await tx.get(tagsKey(scope, name))) as Record<string, string> | undefined;
      if (tags) found.set(name, tags);
    }
    return found;
  });
}
