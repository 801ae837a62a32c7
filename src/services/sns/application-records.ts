import { createHash } from "node:crypto";
import { parseArn } from "../../kernel/arn.ts";
import type { Key, Transaction } from "../../store/store.ts";
import { type Attributes, read, write } from "./records.ts";

/** An app on a push notification service. */
export interface Application {
  readonly v: 1;
  readonly arn: string;
  /** Its secrets among them. */
  readonly attributes: Attributes;
}

/** An app on a device. */
export interface PlatformEndpoint {
  readonly v: 1;
  readonly arn: string;
  readonly application: string;
  readonly attributes: Attributes;
}

const scopeOf = (arn: string): Key => {
  const { account = "", region = "" } = parseArn(arn) ?? {};
  return [account, region];
};
const applicationKey = (arn: string): Key => ["snsApplications", ...scopeOf(arn), arn];
const endpointKey = (arn: string): Key => ["snsPlatformEndpoints", arn];
/** An application's endpoints, in order. */
const memberKey = (application: string, ...endpoint: string[]): Key => [
  "snsApplicationEndpoints",
  application,
  ...endpoint,
];
/** Tokens may be long. */
const deviceKey = (application: string, token: string): Key => [
  "snsDevices",
  application,
  createHash("sha256").update(token).digest("hex"),
];

export const readApplication = (tx: Transaction, arn: string) => read<Application>(tx, applicationKey(arn));
export const writeApplication = (tx: Transaction, record: Application) =>
  write(tx, applicationKey(record.arn), record);
export const removeApplication = (tx: Transaction, arn: string) => tx.delete(applicationKey(arn));

export async function* applicationsOf(tx: Transaction, account: string, region: string, after?: string) {
  const prefix: Key = ["snsApplications", account, region];
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [, value] of tx.range(range)) yield value as unknown as Application;
}

export const readPlatformEndpoint = (tx: Transaction, arn: string) =>
  read<PlatformEndpoint>(tx, endpointKey(arn));

export const readByDevice = async (tx: Transaction, application: string, token: string) => {
  const arn = await read<string>(tx, deviceKey(application, token));
  return arn === undefined ? undefined : readPlatformEndpoint(tx, arn);
};

export function writePlatformEndpoint(tx: Transaction, record: PlatformEndpoint): void {
  const { arn, application, attributes } = record;
  write(tx, endpointKey(arn), record);
  tx.set(memberKey(application, arn), null);
  tx.set(deviceKey(application, attributes.Token ?? ""), arn);
}

export function removePlatformEndpoint(
  tx: Transaction,
  { arn, application, attributes }: PlatformEndpoint,
): void {
  tx.delete(endpointKey(arn));
  tx.delete(memberKey(application, arn));
  tx.delete(deviceKey(application, attributes.Token ?? ""));
}

export async function* endpointsOf(tx: Transaction, application: string, after?: string) {
  const prefix = memberKey(application);
  const range = after === undefined ? { prefix } : { prefix, gt: [...prefix, after] };
  for await (const [key] of tx.range(range)) {
    const found = await readPlatformEndpoint(tx, String(key.at(-1)));
    if (found) yield found;
  }
}
