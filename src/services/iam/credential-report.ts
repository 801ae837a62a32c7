import type * as sdk from "@aws-sdk/client-iam";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { keysOf } from "./access-key-records.ts";
import { all, arnOf, listed, readAccount, writeAccount } from "./entities.ts";
import { fault } from "./faults.ts";
import { nowMs } from "./names.ts";
import { DEFAULT_POLICY } from "./password-policy.ts";
import type { AccessKeyRecord, PasswordPolicy, UserCredential, UserRecord } from "./records.ts";

/** A report is good for four hours. */
const GOOD_FOR_MS = 4 * 3_600_000;
const DAY_MS = 86_400_000;
const NONE = "N/A";

const KEY_COLUMNS = ["active", "last_rotated", "last_used_date", "last_used_region", "last_used_service"];
const COLUMNS = [
  ...["user", "arn", "user_creation_time", "password_enabled", "password_last_used"],
  ...["password_last_changed", "password_next_rotation", "mfa_active"],
  ...[1, 2].flatMap((n) => KEY_COLUMNS.map((column) => `access_key_${n}_${column}`)),
  ...[1, 2].flatMap((n) => [`cert_${n}_active`, `cert_${n}_last_rotated`]),
];

const time = (ms: number | undefined, absent = NONE) =>
  ms === undefined ? absent : new Date(ms).toISOString().replace(".000Z", "+00:00");

const keyColumns = (key: AccessKeyRecord | undefined) => [
  String(key?.status === "Active"),
  time(key?.createdMs),
  time(key?.lastUsed?.ms),
  key?.lastUsed?.region ?? NONE,
  key?.lastUsed?.service ?? NONE,
];

const certificateColumns = (certificate: UserCredential | undefined) => [
  String(certificate?.status === "Active"),
  time(certificate?.createdMs),
];

function row(user: UserRecord, keys: readonly AccessKeyRecord[], hasMfa: boolean, policy: PasswordPolicy) {
  const { login, signingCertificates: certificates } = user;
  const { MaxPasswordAge: days } = policy;
  return [
    user.name,
    arnOf("user", user),
    time(user.createdMs),
    String(login !== undefined),
    login === undefined ? NONE : time(user.passwordLastUsedMs, "no_information"),
    time(login?.changedMs),
    login === undefined || days === undefined ? NONE : time(login.changedMs + days * DAY_MS),
    String(hasMfa),
    ...keyColumns(keys[0]),
    ...keyColumns(keys[1]),
    ...certificateColumns(certificates[0]),
    ...certificateColumns(certificates[1]),
  ];
}

async function csvOf(tx: Transaction, account: string): Promise<string> {
  const { passwordPolicy = DEFAULT_POLICY } = await readAccount(tx, account);
  const devices = await listed(all(tx, account, "mfa"));
  const notSupported = "not_supported";
  const root = [
    ...["<root_account>", `arn:aws:iam::${account}:root`, time(0), notSupported, "no_information"],
    ...[notSupported, notSupported, "false"],
    ...keyColumns(undefined),
    ...keyColumns(undefined),
    ...certificateColumns(undefined),
    ...certificateColumns(undefined),
  ];
  const rows = [COLUMNS, root];
  for await (const user of all(tx, account, "user")) {
    const keys = await listed(keysOf(tx, account, user.name));
    const hasMfa = devices.some((device) => device.user === user.name);
    rows.push(row(user, keys, hasMfa, passwordPolicy));
  }
  return rows.map((cells) => cells.join(",")).join("\n");
}

const isGood = (report: { readonly ms: number }, context: Context) =>
  nowMs(context) - report.ms < GOOD_FOR_MS;

export const credentialReport = {
  async GenerateCredentialReport(_input, context) {
    const { account } = context.scope;
    return context.store.transact(async (tx) => {
      const before = await readAccount(tx, account);
      if (before.report && isGood(before.report, context)) return { State: "COMPLETE" as const };
      const csv = await csvOf(tx, account);
      writeAccount(tx, account, { ...before, report: { csv, ms: nowMs(context) } });
      return {
        State: "STARTED" as const,
        Description: "No report exists. Starting a new report generation task",
      };
    });
  },

  async GetCredentialReport(_input, context) {
    const { report } = await context.store.transact((tx) => readAccount(tx, context.scope.account));
    if (!report) {
      throw fault(
        "CredentialReportNotPresentException",
        "No report exists. Starting a new report generation task",
      );
    }
    if (!isGood(report, context)) {
      throw fault(
        "CredentialReportExpiredException",
        "Credential report is expired, please generate a new one",
      );
    }
    return {
      Content: Buffer.from(report.csv),
      ReportFormat: "text/csv" as const,
      GeneratedTime: new Date(report.ms),
    };
  },
} satisfies Handlers<typeof sdk>;
