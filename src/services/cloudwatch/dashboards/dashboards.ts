import type * as sdk from "@aws-sdk/client-cloudwatch";
import { pageOf } from "../../../kernel/paging.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { Handlers } from "../../define.ts";
import { badToken, fault, invalidValue } from "../faults.ts";
import { readTags } from "../tag-rules.ts";
import { problemsOf } from "./body.ts";

/** Of an account, in all its regions. */
export interface DashboardRecord {
  readonly v: 1;
  readonly account: string;
  readonly name: string;
  readonly body: string;
  readonly modifiedMs: number;
  readonly tags: Readonly<Record<string, string>>;
}

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const PAGE = 100;
const dashboardsKey = (account: string): Key => ["cloudwatch", "dashboard", account];

const dashboardArn = ({ account, name }: Pick<DashboardRecord, "account" | "name">): string =>
  `arn:aws:cloudwatch::${account}:dashboard/${name}`;

export const readDashboard = async (tx: Transaction, account: string, name: string) =>
  (await tx.get([...dashboardsKey(account), name])) as unknown as DashboardRecord | undefined;

export const writeDashboard = (tx: Transaction, record: DashboardRecord) =>
  tx.set([...dashboardsKey(record.account), record.name], record as unknown as Value);

export const dashboards = {
  async PutDashboard({ DashboardName: name = "", DashboardBody: body = "", Tags }, { store, scope, clock }) {
    if (!NAME.test(name)) {
      throw invalidValue(
        `The value ${name} for field DashboardName contains invalid characters. ` +
          "It can only contain alphanumerics, dash (-) and underscore (_).",
      );
    }
    const problems = problemsOf(body);
    const told = problems.map(({ DataPath, Message }) => ({ DataPath, Message }));
    if (problems.some(({ isError }) => isError)) {
      throw fault(
        "DashboardInvalidInputError",
        "The dashboard body is invalid, there are validation errors",
        {
          dashboardValidationMessages: told,
        },
      );
    }
    const { account } = scope;
    const tags = readTags(Tags);
    await store.transact(async (tx) => {
      const known = await readDashboard(tx, account, name);
      const record = { account, name, body, modifiedMs: clock.now(), tags: known?.tags ?? tags };
      writeDashboard(tx, { v: 1, ...record });
    });
    return { DashboardValidationMessages: told };
  },

  async GetDashboard({ DashboardName: name = "" }, { store, scope }) {
    const record = await store.transact((tx) => readDashboard(tx, scope.account, name));
    if (!record) throw missing(name);
    return { DashboardArn: dashboardArn(record), DashboardBody: record.body, DashboardName: name };
  },

  async ListDashboards({ DashboardNamePrefix: start = "", NextToken: token }, { store, scope }) {
    const { items, token: next } = await store.transact((tx) =>
      pageOf(
        ([after] = []) => dashboardsOf(tx, scope.account, after),
        ({ name }) => [name],
        { limit: PAGE, token, isWanted: ({ name }) => name.startsWith(start), invalid: badToken },
      ),
    );
    const DashboardEntries = items.map((record) => ({
      DashboardName: record.name,
      DashboardArn: dashboardArn(record),
      LastModified: new Date(record.modifiedMs),
      Size: Buffer.byteLength(record.body),
    }));
    return { DashboardEntries, ...next };
  },

  /** All of them or none. */
  async DeleteDashboards({ DashboardNames: names = [] }, { store, scope }) {
    await store.transact(async (tx) => {
      for (const name of names) if (!(await readDashboard(tx, scope.account, name))) throw missing(name);
      for (const name of names) tx.delete([...dashboardsKey(scope.account), name]);
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

const missing = (name: string) => fault("DashboardNotFoundError", `Dashboard ${name} does not exist`);

async function* dashboardsOf(tx: Transaction, account: string, after: string | undefined) {
  const prefix = dashboardsKey(account);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as DashboardRecord;
}
