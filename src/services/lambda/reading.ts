import type { Context, Handlers } from "../define.ts";
import { describeVersion } from "./describe.ts";
import { requireFunction } from "./functions.ts";
import {
  arnOf,
  type FunctionName,
  functionNotFound,
  isVersionNumber,
  nameFunction,
  qualifiedArn,
} from "./names.ts";
import { type FunctionRecord, readAlias, readVersion, type VersionRecord } from "./records.ts";

/** Reading functions back. */
export const reading = {
  async GetFunction(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const { record, version, arn } = await find(context, name);
    const { reservedConcurrency, tags } = record;
    return {
      Configuration: { ...describeVersion(name, version), FunctionArn: arn },
      Code: { RepositoryType: "S3", Location: codeLocation(context, name, version) },
      ...(Object.keys(tags).length && !name.qualifier ? { Tags: { ...tags } } : {}),
      ...(reservedConcurrency === undefined || name.qualifier
        ? {}
        : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
    };
  },

  async GetFunctionConfiguration(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const { version, arn } = await find(context, name);
    return { ...describeVersion(name, version), FunctionArn: arn };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

interface Found {
  readonly record: FunctionRecord;
  readonly version: VersionRecord;
  /** As the caller named it: an alias keeps its own. */
  readonly arn: string;
}

function find(context: Context, name: FunctionName): Promise<Found> {
  return context.store.transact(async (tx) => {
    const { qualifier } = name;
    const record = await requireFunction(tx, name, qualifier);
    if (qualifier === undefined) return { record, version: record.latest, arn: arnOf(name) };
    const arn = qualifiedArn(name, qualifier);
    const number =
      qualifier === "$LATEST" || isVersionNumber(qualifier)
        ? qualifier
        : (await readAlias(tx, name, qualifier))?.version;
    const version = number === undefined ? undefined : await readVersion(tx, name, number);
    if (!version) throw functionNotFound(arn);
    return { record, version, arn };
  });
}

/** A path of the platform's own that answers the zip. AWS gives a presigned URL that ends in ten minutes. */
function codeLocation(context: Context, { account, region, name }: FunctionName, version: VersionRecord) {
  const path = [account, region, name, version.version].map(encodeURIComponent).join("/");
  return `${context.endpoint}/_nuage/lambda/code/${path}?sha256=${encodeURIComponent(version.codeSha256)}`;
}
