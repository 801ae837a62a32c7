import { type Nuage, type NuageOptions, startNuage } from "nuage/testing";
import type { Store } from "../../store/store.ts";

let wrapStore: ((store: Store) => Store) | undefined;

/** Has every platform that is started from here on stand on a store wrapped like this. */
export function onStores(wrap: (store: Store) => Store): void {
  wrapStore = wrap;
}

export const startIam = (options: NuageOptions = {}): Promise<Nuage> =>
  startNuage(wrapStore ? { ...options, parts: { wrapStore } } : options);

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Settings of a client that signs with these keys. */
export const signedWith = (nuage: Nuage, credentials: Keys, region = "eu-west-1") => ({
  endpoint: nuage.endpoint,
  region,
  credentials,
});

/** Settings of a client that does not try again what a limit refuses: once is enough. */
export const once = (nuage: Nuage) => ({
  ...signedWith(nuage, { accessKeyId: "test", secretAccessKey: "test" }),
  maxAttempts: 1,
});
