import type * as sdk from "@aws-sdk/client-ecr";
import { pageOf } from "../../kernel/paging.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { fault } from "./faults.ts";
import {
  deleteRepository,
  imagesOf,
  type RepositoryRecord,
  readRepository,
  repositoriesOf,
  repositoryArn,
  repositoryUri,
  requireRepository,
  writeRepository,
} from "./records.ts";

const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const MOST_TAGS = 50;
/** As long as AWS's tokens live. */
const TOKEN_MS = 12 * 3_600_000;

/** Repositories, with their policies and settings. No registry stands behind them: no client can push. */
export const repositories = {
  async CreateRepository(input, context) {
    const { scope, store, clock } = context;
    const name = checkName(input.repositoryName);
    const record: RepositoryRecord = {
      v: 1,
      name,
      createdMs: clock.now(),
      mutability: input.imageTagMutability ?? "MUTABLE",
      exclusions: input.imageTagMutabilityExclusionFilters,
      scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
      encryption: input.encryptionConfiguration ?? { encryptionType: "AES256" },
      tags: tagsFrom(input.tags),
    };
    await store.transact(async (tx) => {
      if (await readRepository(tx, scope, name)) {
        throw fault(
          "RepositoryAlreadyExistsException",
          `The repository with name '${name}' already exists in the registry with id '${scope.account}'`,
        );
      }
      writeRepository(tx, scope, record);
    });
    return { repository: describe(scope, record) };
  },

  async DescribeRepositories(input, { scope, store }) {
    const names = input.repositoryNames;
    return store.transact(async (tx) => {
      if (names?.length) {
        const found: sdk.Repository[] = [];
        for (const name of names) found.push(describe(scope, await requireRepository(tx, scope, name)));
        return { repositories: found };
      }
      const { items, token } = await pageOf(
        (after) => repositoriesOf(tx, scope, after?.[0]),
        ({ name }) => [name],
        { limit: input.maxResults ?? 100, token: input.nextToken, invalid: invalidToken },
      );
      const next = token.NextToken === undefined ? {} : { nextToken: token.NextToken };
      return { repositories: items.map((record) => describe(scope, record)), ...next };
    });
  },

  async DeleteRepository(input, { scope, store }) {
    const name = input.repositoryName ?? "";
    const gone = await store.transact(async (tx) => {
      const record = await requireRepository(tx, scope, name);
      if (!input.force && (await imagesOf(tx, scope, name)).length > 0) {
        throw fault(
          "RepositoryNotEmptyException",
          `The repository with name '${name}' in registry with id '${scope.account}' cannot be deleted ` +
            "because it still contains images",
        );
      }
      deleteRepository(tx, scope, name);
      return record;
    });
    return { repository: describe(scope, gone) };
  },

  async PutImageTagMutability(input, context) {
    const mutability = input.imageTagMutability ?? "MUTABLE";
    const exclusions = input.imageTagMutabilityExclusionFilters;
    await change(context, input.repositoryName, () => ({ mutability, exclusions }));
    return answer(context, input.repositoryName, { imageTagMutability: mutability });
  },

  async PutImageScanningConfiguration(input, context) {
    const scanOnPush = input.imageScanningConfiguration?.scanOnPush ?? false;
    await change(context, input.repositoryName, () => ({ scanOnPush }));
    return answer(context, input.repositoryName, { imageScanningConfiguration: { scanOnPush } });
  },

  async SetRepositoryPolicy(input, context) {
    const policyText = checkJson(input.policyText);
    await change(context, input.repositoryName, () => ({ policy: policyText }));
    return answer(context, input.repositoryName, { policyText });
  },

  async GetRepositoryPolicy(input, context) {
    const { scope, store } = context;
    const { policy } = await store.transact((tx) => requireRepository(tx, scope, input.repositoryName));
    if (policy === undefined) throw noPolicy("Repository", input.repositoryName, scope);
    return answer(context, input.repositoryName, { policyText: policy });
  },

  async DeleteRepositoryPolicy(input, context) {
    const before = await change(context, input.repositoryName, () => ({ policy: undefined }));
    if (before.policy === undefined) throw noPolicy("Repository", input.repositoryName, context.scope);
    return answer(context, input.repositoryName, { policyText: before.policy });
  },

  async PutLifecyclePolicy(input, context) {
    const text = checkJson(input.lifecyclePolicyText);
    await change(context, input.repositoryName, () => ({
      lifecycle: { text, evaluatedMs: context.clock.now() },
    }));
    return answer(context, input.repositoryName, { lifecyclePolicyText: text });
  },

  async GetLifecyclePolicy(input, context) {
    const { scope, store } = context;
    const { lifecycle } = await store.transact((tx) => requireRepository(tx, scope, input.repositoryName));
    if (!lifecycle) throw noPolicy("Lifecycle", input.repositoryName, scope);
    const shown = { lifecyclePolicyText: lifecycle.text, lastEvaluatedAt: new Date(lifecycle.evaluatedMs) };
    return answer(context, input.repositoryName, shown);
  },

  async DeleteLifecyclePolicy(input, context) {
    const { lifecycle } = await change(context, input.repositoryName, () => ({ lifecycle: undefined }));
    if (!lifecycle) throw noPolicy("Lifecycle", input.repositoryName, context.scope);
    return answer(context, input.repositoryName, { lifecyclePolicyText: lifecycle.text });
  },

  async TagResource(input, context) {
    await change(context, nameIn(input.resourceArn), ({ tags }) => ({
      tags: checkTags({ ...tags, ...tagsFrom(input.tags) }),
    }));
    return {};
  },

  async UntagResource(input, context) {
    await change(context, nameIn(input.resourceArn), ({ tags }) => ({
      tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !input.tagKeys?.includes(key))),
    }));
    return {};
  },

  async ListTagsForResource(input, context) {
    const name = nameIn(input.resourceArn);
    const { tags } = await context.store.transact((tx) => requireRepository(tx, context.scope, name));
    const byStack = await stackTags(context, "AWS::ECR::Repository", name);
    return { tags: Object.entries({ ...tags, ...byStack }).map(([Key, Value]) => ({ Key, Value })) };
  },

  async GetAuthorizationToken(_input, { scope, clock, ids }) {
    const authorizationToken = Buffer.from(`AWS:${ids.hex(64)}`).toString("base64");
    const expiresAt = new Date(clock.now() + TOKEN_MS);
    const proxyEndpoint = `https://${repositoryUri(scope, "").slice(0, -1)}`;
    return { authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint }] };
  },

  async DescribeRegistry(_input, { scope }) {
    return { registryId: scope.account, replicationConfiguration: { rules: [] } };
  },
} satisfies Handlers<typeof sdk>;

const invalidToken = () => fault("InvalidParameterException", "Invalid parameter at 'nextToken'");

/** Changes a repository, and gives what it was before. */
function change(
  { scope, store }: Context,
  name: string | undefined,
  to: (record: RepositoryRecord) => Partial<RepositoryRecord>,
): Promise<RepositoryRecord> {
  return store.transact(async (tx: Transaction) => {
    const record = await requireRepository(tx, scope, name);
    writeRepository(tx, scope, { ...record, ...to(record) });
    return record;
  });
}

const answer = <Shown extends object>(
  { scope }: Context,
  repositoryName: string | undefined,
  shown: Shown,
) => ({
  registryId: scope.account,
  repositoryName,
  ...shown,
});

function noPolicy(kind: "Repository" | "Lifecycle", name: string | undefined, { account }: Scope) {
  const code =
    kind === "Repository" ? "RepositoryPolicyNotFoundException" : "LifecyclePolicyNotFoundException";
  return fault(
    code,
    `${kind} policy does not exist for the repository with name '${name}' in the registry with id ` +
      `'${account}'`,
  );
}

function checkName(name = ""): string {
  if (NAME.test(name) && name.length >= 2 && name.length <= 256) return name;
  throw fault(
    "InvalidParameterException",
    "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression " +
      `'${NAME.source.slice(1, -1)}''`,
  );
}

function checkJson(text = ""): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw fault(
      "InvalidParameterException",
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid JSON'",
    );
  }
}

const nameIn = (arn = "") => /:repository\/(.+)$/.exec(arn)?.[1] ?? arn;

const tagsFrom = (tags: readonly sdk.Tag[] = []) =>
  checkTags(Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [Key, Value])));

function checkTags(tags: Record<string, string>): Record<string, string> {
  if (Object.keys(tags).length <= MOST_TAGS) return tags;
  throw fault("TooManyTagsException", "The maximum number of tags that can be applied is 50.");
}

function describe(scope: Scope, record: RepositoryRecord): sdk.Repository {
  return {
    repositoryArn: repositoryArn(scope, record.name),
    registryId: scope.account,
    repositoryName: record.name,
    repositoryUri: repositoryUri(scope, record.name),
    createdAt: new Date(record.createdMs),
    imageTagMutability: record.mutability,
    ...(record.exclusions ? { imageTagMutabilityExclusionFilters: [...record.exclusions] } : {}),
    imageScanningConfiguration: { scanOnPush: record.scanOnPush },
    encryptionConfiguration: record.encryption,
  };
}
