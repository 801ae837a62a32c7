import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Key } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { marksOf } from "../tags.ts";
import {
  type CertificateRecord,
  certificateKey,
  type KeyRecord,
  keyKey,
  linkKey,
  type PlanRecord,
  planKey,
} from "./account-records.ts";
import { badRequest, notFound } from "./faults.ts";
import { apiKey, type RestApiRecord, read, type StageRecord, stageKey, write } from "./records.ts";

const MOST_TAGS = 50;

type Tags = Record<string, string>;

/** Where the tags of a kind of resource lie in its record. */
interface Kind {
  readonly path: RegExp;
  key(scope: Context["scope"], names: readonly string[]): Key;
  tagsOf(record: unknown): Tags | undefined;
  withTags(record: never, tags: Tags): object;
}

function kind<Record>(
  path: RegExp,
  key: Kind["key"],
  tagsOf: (record: Record) => Tags | undefined,
  withTags: (record: Record, tags: Tags) => Record & object,
): Kind {
  return { path, key, tagsOf: (record) => tagsOf(record as Record), withTags: withTags as Kind["withTags"] };
}

const KINDS: readonly Kind[] = [
  kind<RestApiRecord>(
    /^\/restapis\/([^/]+)$/,
    (scope, [id = ""]) => apiKey(scope, id),
    ({ api }) => api.tags,
    (record, tags) => ({ ...record, api: { ...record.api, tags } }),
  ),
  kind<StageRecord>(
    /^\/restapis\/([^/]+)\/stages\/([^/]+)$/,
    (_scope, [id = "", name = ""]) => stageKey(id, name),
    ({ stage }) => stage.tags,
    (record, tags) => ({ ...record, stage: { ...record.stage, tags } }),
  ),
  kind<KeyRecord>(
    /^\/apikeys\/([^/]+)$/,
    (scope, [id = ""]) => keyKey(scope, id),
    ({ key }) => key.tags,
    (record, tags) => ({ ...record, key: { ...record.key, tags } }),
  ),
  kind<PlanRecord>(
    /^\/usageplans\/([^/]+)$/,
    (scope, [id = ""]) => planKey(scope, id),
    ({ plan }) => plan.tags,
    (record, tags) => ({ ...record, plan: { ...record.plan, tags } }),
  ),
  kind<CertificateRecord>(
    /^\/clientcertificates\/([^/]+)$/,
    (scope, [id = ""]) => certificateKey(scope, id),
    ({ certificate }) => certificate.tags,
    (record, tags) => ({ ...record, certificate: { ...record.certificate, tags } }),
  ),
  kind<sdk.VpcLink>(
    /^\/vpclinks\/([^/]+)$/,
    (scope, [id = ""]) => linkKey(scope, id),
    ({ tags }) => tags,
    (record, tags) => ({ ...record, tags }),
  ),
];

/** Tags of what REST APIs are made of, by `arn:aws:apigateway:{region}::/restapis/{api}` and the like. */
export const tags = {
  async GetTags(input, context) {
    const own = await change(context, input.resourceArn, undefined);
    return { tags: { ...own, ...(await marksOf(context, input.resourceArn)) } };
  },

  async TagResource(input, context) {
    const given = input.tags ?? {};
    await change(context, input.resourceArn, (old) => ({ ...old, ...given }));
    return {};
  },

  async UntagResource(input, context) {
    const gone = new Set(input.tagKeys);
    await change(context, input.resourceArn, (old) =>
      Object.fromEntries(Object.entries(old).filter(([name]) => !gone.has(name))),
    );
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Whether an ARN names something whose tags are kept here. */
export function isTagged(arn: string): boolean {
  return KINDS.some(({ path }) => path.test(pathOf(arn)));
}

function pathOf(arn: string): string {
  return /^arn:aws[\w-]*:apigateway:[a-z0-9-]+::(\/.*)$/.exec(arn)?.[1] ?? "";
}

function change({ scope, store }: Context, arn = "", edit: ((old: Tags) => Tags) | undefined): Promise<Tags> {
  const path = pathOf(arn);
  const found = KINDS.find((each) => each.path.test(path));
  if (!found) throw badRequest(`Invalid ARN specified: ${arn}`);
  const key = found.key(scope, found.path.exec(path)?.slice(1) ?? []);
  return store.transact(async (tx) => {
    const record = await read(tx, key);
    if (!record) throw notFound(`Invalid resource identifier specified: ${arn}`);
    const old = found.tagsOf(record) ?? {};
    if (!edit) return old;
    const changed = edit(old);
    if (Object.keys(changed).length > MOST_TAGS)
      throw badRequest(`A resource may have at most ${MOST_TAGS} tags`);
    write(tx, key, found.withTags(record as never, changed));
    return changed;
  });
}
