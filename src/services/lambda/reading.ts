import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { describeVersion } from "./describe.ts";
import { codeLocation } from "./download.ts";
import { PAGE_ITEMS } from "./limits.ts";
import {
  arnOf,
  type FunctionName,
  functionNotFound,
  isVersionNumber,
  nameFunction,
  qualifiedArn,
} from "./names.ts";
import { readMarker, takePage } from "./paging.ts";
import {
  type FunctionId,
  type FunctionRecord,
  functionsOf,
  readAlias,
  readVersion,
  type VersionRecord,
  versionsOf,
} from "./records.ts";
import { requireFunction } from "./require.ts";

/** Reading functions back. */
export const reading = {
  async GetFunction(input, context) {
    const name = nameFunction(input.FunctionName, input.Qualifier, context.scope);
    const { record, version, arn } = await find(context, name);
    const { reservedConcurrency } = record;
    const tags = { ...record.tags, ...(await stackTags(context, "AWS::Lambda::Function", name.name)) };
    return {
      Configuration: { ...describeVersion(name, version), FunctionArn: arn },
      Code: { RepositoryType: "S3", Location: codeLocation(context.endpoint, name, version) },
      ...(Object.keys(tags).length && !name.qualifier ? { Tags: tags } : {}),
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

  async ListFunctions(input, context) {
    const [afterName, afterVersion] = readMarker(input.Marker) ?? [];
    const every = input.FunctionVersion === "ALL";
    const { items, next } = await context.store.transact((tx) =>
      takePage(
        every
          ? everyVersion(tx, context.scope, afterName, afterVersion)
          : latestOnly(tx, context.scope, afterName),
        Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS),
        ({ id, version }) => [id.name, version.version],
      ),
    );
    return {
      Functions: items.map(({ id, version }) => listed(id, version, every ? "qualified" : "unqualified")),
      ...(next ? { NextMarker: next } : {}),
    };
  },

  async ListVersionsByFunction(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const [after] = readMarker(input.Marker) ?? [];
    const { items, next } = await context.store.transact(async (tx) => {
      const record = await requireFunction(tx, id);
      const versions = versionsFrom(tx, id, record.latest, after);
      return takePage(versions, Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS), (item) => [item.version]);
    });
    return {
      Versions: items.map((version) => listed(id, version, "qualified")),
      ...(next ? { NextMarker: next } : {}),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

interface Listed {
  readonly id: FunctionId;
  readonly version: VersionRecord;
}

async function* latestOnly(tx: Transaction, scope: Scope, after: string | undefined) {
  for await (const record of functionsOf(tx, scope, after)) {
    yield { id: { ...scope, name: record.name }, version: record.latest } satisfies Listed;
  }
}

/** $LATEST and the published versions of every function. */
async function* everyVersion(
  tx: Transaction,
  scope: Scope,
  afterName: string | undefined,
  afterVersion: string | undefined,
) {
  if (afterName !== undefined && afterVersion !== undefined) {
    const id = { ...scope, name: afterName };
    const number = afterVersion === "$LATEST" ? 0 : Number(afterVersion);
    for await (const version of versionsOf(tx, id, number)) yield { id, version } satisfies Listed;
  }
  for await (const { id, version } of latestOnly(tx, scope, afterName)) {
    for await (const each of versionsFrom(tx, id, version, undefined)) {
      yield { id, version: each } satisfies Listed;
    }
  }
}

async function* versionsFrom(
  tx: Transaction,
  id: FunctionId,
  latest: VersionRecord,
  after: string | undefined,
) {
  if (after === undefined) yield latest;
  yield* versionsOf(tx, id, after === undefined || after === "$LATEST" ? 0 : Number(after));
}

/**
 * Lists leave out what can change by itself.
 * https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
 */
function listed(id: FunctionId, version: VersionRecord, arn: "qualified" | "unqualified") {
  const {
    State: _s,
    LastUpdateStatus: _l,
    RuntimeVersionConfig: _r,
    ...rest
  } = describeVersion(id, version, arn);
  return rest;
}

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
