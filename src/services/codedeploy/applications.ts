import type * as sdk from "@aws-sdk/client-codedeploy";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { pageOf } from "./paging.ts";
import {
  type ApplicationRecord,
  applicationKey,
  type GroupRecord,
  groupKey,
  read,
  readAll,
  tagsKey,
  write,
} from "./records.ts";
import { applicationArn, groupArn, putTags } from "./tags.ts";

/** Applications: the names under which deployment groups and revisions are found. */
export const applications = {
  async CreateApplication(input, context) {
    const name = checkName(input.applicationName);
    const record: ApplicationRecord = {
      v: 1,
      id: context.ids.uuid(),
      name,
      platform: input.computePlatform ?? "Server",
      createdMs: context.clock.now(),
      revisions: [],
    };
    await context.store.transact(async (tx) => {
      await refuseExisting(tx, context.scope, name);
      write(tx, applicationKey(context.scope, name), record);
      await putTags(tx, context.scope, applicationArn(context.scope, name), input.tags ?? []);
    });
    return { applicationId: record.id };
  },

  async GetApplication(input, context) {
    const name = checkName(input.applicationName);
    return {
      application: describe(
        await context.store.transact((tx) => requireApplication(tx, context.scope, name)),
      ),
    };
  },

  async BatchGetApplications(input, context) {
    const names = (input.applicationNames ?? []).map(checkName);
    if (names.length > 100) throw tooMany();
    const found = await context.store.transact(async (tx) => {
      const records: ApplicationRecord[] = [];
      for (const name of names) {
        const record = await read<ApplicationRecord>(tx, applicationKey(context.scope, name));
        if (record) records.push(record);
      }
      return records;
    });
    return { applicationsInfo: found.map(describe) };
  },

  async ListApplications(input, context) {
    const names = await context.store.transact(async (tx) => {
      const found: string[] = [];
      for await (const { name } of readAll<ApplicationRecord>(tx, applicationKey(context.scope)))
        found.push(name);
      return found;
    });
    const { items, next } = pageOf(names, input.nextToken);
    return { applications: items, ...next };
  },

  async UpdateApplication(input, context) {
    const name = checkName(input.applicationName);
    const renamed = checkName(input.newApplicationName ?? name);
    const { scope } = context;
    await context.store.transact(async (tx) => {
      const record = await requireApplication(tx, scope, name);
      if (renamed === name) return;
      await refuseExisting(tx, scope, renamed);
      const groups: GroupRecord[] = [];
      for await (const group of readAll<GroupRecord>(tx, groupKey(scope, name))) groups.push(group);
      for (const group of groups) {
        tx.delete(groupKey(scope, name, group.name));
        write(tx, groupKey(scope, renamed, group.name), { ...group, application: renamed });
      }
      tx.delete(applicationKey(scope, name));
      write(tx, applicationKey(scope, renamed), { ...record, name: renamed });
    });
    return {};
  },

  async DeleteApplication(input, context) {
    const name = checkName(input.applicationName);
    const { scope } = context;
    await context.store.transact(async (tx) => {
      tx.delete(applicationKey(scope, name));
      tx.delete(tagsKey(scope, applicationArn(scope, name)));
      const groups: string[] = [];
      for await (const group of readAll<GroupRecord>(tx, groupKey(scope, name))) groups.push(group.name);
      for (const group of groups) {
        tx.delete(groupKey(scope, name, group));
        tx.delete(tagsKey(scope, groupArn(scope, name, group)));
      }
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

export async function requireApplication(
  tx: Transaction,
  scope: Scope,
  name: string,
): Promise<ApplicationRecord> {
  const record = await read<ApplicationRecord>(tx, applicationKey(scope, name));
  if (record) return record;
  throw fault("ApplicationDoesNotExistException", `No application found for name: ${name}`);
}

export function checkName(name: string | undefined): string {
  if (!name) throw fault("ApplicationNameRequiredException", "Application name must be specified");
  if (name.length <= 100) return name;
  throw fault("InvalidApplicationNameException", "The application name is in an invalid format");
}

export const tooMany = () =>
  fault("BatchLimitExceededException", "The maximum number of names or IDs allowed for this request is 100.");

async function refuseExisting(tx: Transaction, scope: Scope, name: string): Promise<void> {
  if (!(await tx.get(applicationKey(scope, name)))) return;
  throw fault("ApplicationAlreadyExistsException", `Application with name ${name} already exists`);
}

function describe({ id, name, platform, createdMs }: ApplicationRecord): sdk.ApplicationInfo {
  return {
    applicationId: id,
    applicationName: name,
    createTime: new Date(createdMs),
    linkedToGitHub: false,
    computePlatform: platform,
  };
}
