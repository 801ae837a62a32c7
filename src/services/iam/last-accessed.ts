import type * as sdk from "@aws-sdk/client-iam";
import { parseArn } from "../../kernel/arn.ts";
import type { Key, Transaction, Value } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { keysOf } from "./access-key-records.ts";
import { all, arnOf, listed } from "./entities.ts";
import { missing } from "./faults.ts";
import { documentOf, holders, needPolicy } from "./find-policy.ts";
import { nowMs } from "./names.ts";
import { page } from "./paging.ts";
import { needHolder, policiesOf } from "./policies-of.ts";
import type { Holder, UserRecord } from "./records.ts";
import { SERVICE_NAMES } from "./service-names.ts";
import { servicesIn } from "./simulation.ts";

/** When somebody last used a service. */
interface Access {
  readonly kind: "user" | "group" | "role";
  readonly arn: string;
  readonly path: string;
  readonly name: string;
  readonly id: string;
  readonly ms?: number;
}

interface JobRecord {
  readonly v: 1;
  readonly granularity: "SERVICE_LEVEL" | "ACTION_LEVEL";
  readonly createdMs: number;
  /** By the namespaces of services. */
  readonly services: Readonly<Record<string, readonly Access[]>>;
}

const jobKey = (account: string, id: string): Key => ["iam", account, "access-job", id];

async function needJob(tx: Transaction, account: string, id = ""): Promise<JobRecord> {
  const job = (await tx.get(jobKey(account, id))) as JobRecord | undefined;
  if (!job) throw missing(`The job with id ${id} cannot be found.`);
  return job;
}

/** What a report is about: one who acts, or all who have a policy. */
async function subjects(tx: Transaction, account: string, arn: string) {
  if (!parseArn(arn)?.resource.startsWith("policy/")) {
    const one = await needHolder(tx, account, arn);
    const texts = (await policiesOf(tx, one.kind, one.holder)).map(({ text }) => text);
    return { who: [one], texts };
  }
  const policy = await needPolicy(tx, account, arn);
  const who = await listed(holders(tx, account), ({ holder }) => holder.attached.includes(arn));
  return { who, texts: [documentOf(policy)] };
}

/** Only of users' keys it is known what they were used for. */
async function lastUses(tx: Transaction, holder: Holder): Promise<ReadonlyMap<string, number>> {
  const uses = new Map<string, number>();
  for await (const { lastUsed } of keysOf(tx, holder.account, holder.name)) {
    if (lastUsed) uses.set(lastUsed.service, Math.max(lastUsed.ms, uses.get(lastUsed.service) ?? 0));
  }
  return uses;
}

async function report(tx: Transaction, account: string, arn: string): Promise<JobRecord["services"]> {
  const { who, texts } = await subjects(tx, account, arn);
  const granted = texts.map(servicesIn);
  const namespaces = granted.some(({ isAll }) => isAll)
    ? Object.keys(SERVICE_NAMES)
    : [...new Set(granted.flatMap(({ services }) => [...services]))];
  const accesses = await Promise.all(
    who.map(async ({ kind, holder }) => ({
      access: { kind, arn: arnOf(kind, holder), path: holder.path, name: holder.name, id: holder.id },
      uses: kind === "user" ? await lastUses(tx, holder) : new Map<string, number>(),
    })),
  );
  const servicesOf = namespaces.sort().map((namespace) => [
    namespace,
    accesses.map(({ access, uses }): Access => {
      const ms = uses.get(namespace);
      return ms === undefined ? access : { ...access, ms };
    }),
  ]);
  return Object.fromEntries(servicesOf) as JobRecord["services"];
}

function shownService(namespace: string, accesses: readonly Access[]) {
  const used = accesses.filter(({ ms }) => ms !== undefined);
  const [latest] = used.toSorted((a, b) => (b.ms ?? 0) - (a.ms ?? 0));
  return {
    ServiceName: SERVICE_NAMES[namespace] ?? namespace,
    ServiceNamespace: namespace,
    ...(latest === undefined
      ? {}
      : { LastAuthenticated: new Date(latest.ms ?? 0), LastAuthenticatedEntity: latest.arn }),
    TotalAuthenticatedEntities: used.length,
  };
}

const ENTITY_TYPES = { user: "USER", group: "GROUP", role: "ROLE" } as const;

const dates = ({ createdMs }: JobRecord) => ({
  JobStatus: "COMPLETED" as const,
  JobCreationDate: new Date(createdMs),
  JobCompletionDate: new Date(createdMs),
});

export const lastAccessed = {
  async GenerateServiceLastAccessedDetails({ Arn = "", Granularity = "SERVICE_LEVEL" }, context) {
    const JobId = context.ids.uuid();
    const { account } = context.scope;
    const createdMs = nowMs(context);
    await context.store.transact(async (tx) => {
      const services = await report(tx, account, Arn);
      const job: JobRecord = { v: 1, granularity: Granularity, createdMs, services };
      tx.set(jobKey(account, JobId), job as unknown as Value);
    });
    return { JobId };
  },

  async GetServiceLastAccessedDetails(input, { store, scope }) {
    const job = await store.transact((tx) => needJob(tx, scope.account, input.JobId));
    const { items, rest } = await page(Object.entries(job.services), ([namespace]) => namespace, input);
    return {
      ...dates(job),
      JobType: job.granularity,
      ServicesLastAccessed: items.map(([namespace, accesses]) => shownService(namespace, accesses)),
      ...rest,
    };
  },

  async GetServiceLastAccessedDetailsWithEntities(input, { store, scope }) {
    const job = await store.transact((tx) => needJob(tx, scope.account, input.JobId));
    const accesses = job.services[input.ServiceNamespace ?? ""];
    if (!accesses)
      throw missing(`The service namespace ${input.ServiceNamespace} cannot be found in the job.`);
    const { items, rest } = await page(accesses, ({ arn }) => arn, input);
    const EntityDetailsList = items.map(({ kind, arn, path, name, id, ms }) => ({
      EntityInfo: { Arn: arn, Name: name, Type: ENTITY_TYPES[kind], Id: id, Path: path },
      ...(ms === undefined ? {} : { LastAuthenticated: new Date(ms) }),
    }));
    return { ...dates(job), EntityDetailsList, ...rest };
  },

  async ListPoliciesGrantingServiceAccess({ Arn = "", ServiceNamespaces = [] }, { store, scope }) {
    const granting = await store.transact(async (tx) => {
      const { kind, holder } = await needHolder(tx, scope.account, Arn);
      const own = await grants(tx, kind, holder);
      const groups = kind === "user" ? (holder as UserRecord).groups : [];
      const inGroups = await listed(all(tx, scope.account, "group"), ({ name }) => groups.includes(name));
      const theirs = await Promise.all(inGroups.map((group) => grants(tx, "group", group)));
      return [...own, ...theirs.flat()];
    });
    return {
      PoliciesGrantingServiceAccess: ServiceNamespaces.map((namespace) => ({
        ServiceNamespace: namespace,
        Policies: granting
          .filter(({ text }) => {
            const { services, isAll } = servicesIn(text);
            return isAll || services.has(namespace);
          })
          .map(({ shown }) => shown),
      })),
      IsTruncated: false,
    };
  },
} satisfies Handlers<typeof sdk>;

async function grants(tx: Transaction, kind: Access["kind"], holder: Holder) {
  const entity = { EntityType: ENTITY_TYPES[kind], EntityName: holder.name };
  const inline = Object.entries(holder.inline).map(([PolicyName, text]) => ({
    text,
    shown: { PolicyName, PolicyType: "INLINE" as const, ...entity },
  }));
  const managed = await Promise.all(
    holder.attached.map(async (PolicyArn) => {
      const policy = await needPolicy(tx, holder.account, PolicyArn);
      const shown = { PolicyName: policy.name, PolicyType: "MANAGED" as const, PolicyArn };
      return { text: documentOf(policy), shown };
    }),
  );
  return [...inline, ...managed];
}
