import { createHash } from "node:crypto";
import { UserError } from "../kernel/faults.ts";
import { type Place, placeOf, type Settings } from "./clients.ts";
import { listKeys, readJson, removeKey, writeJson } from "./storage.ts";

/** The environment that is the platform's own account: it is there without being made. */
export const HOME = "dev";

const NAME = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;
const ROOM = "environments/";
const LATEST_ACCOUNT = 10 ** 12;

/** The account of an environment: the same for the same name, on every platform. */
export function accountFor(name: string): string {
  const digest = createHash("sha256").update(`nuage environment ${name}`).digest();
  // Never that of zeros, which platforms take themselves.
  return String(1 + (Number(digest.readBigUInt64BE()) % (LATEST_ACCOUNT - 1))).padStart(12, "0");
}

/** An environment by its name; `home` is the platform's own account. */
export function environmentOf(home: Place, name: string | undefined): Place {
  if (name === undefined || name === home.environment) return home;
  if (!NAME.test(name))
    throw new UserError(`"${name}" is no name of an environment: letters, digits and hyphens, 32 at most.`);
  const account = accountFor(name);
  // The access key says whose account it is; the rest stays.
  const { endpoint, region, credentials } = home;
  const { secretAccessKey } = credentials;
  const settings: Settings = { endpoint, region, credentials: { accessKeyId: account, secretAccessKey } };
  return placeOf(settings, name, account);
}

interface Registered {
  readonly name: string;
  readonly account: string;
}

/** Notes in the platform's own account that there is such an environment. */
export async function register(home: Place, { environment, account }: Place): Promise<void> {
  if (environment === home.environment) return;
  await writeJson(home, keyOf(environment), { name: environment, account } satisfies Registered);
}

export async function unregister(home: Place, { environment }: Place): Promise<void> {
  if (environment !== home.environment) await removeKey(home, keyOf(environment));
}

/** All environments of the platform, its own first. */
export async function environments(home: Place): Promise<Place[]> {
  const keys = await listKeys(home, ROOM);
  const known = await Promise.all(keys.map((key) => readJson<Registered>(home, key)));
  return [home, ...known.flatMap((each) => (each ? [environmentOf(home, each.name)] : []))];
}

const keyOf = (name: string) => `${ROOM}${name}.json`;
