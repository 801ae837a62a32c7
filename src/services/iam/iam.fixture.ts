import type { Nuage } from "nuage/testing";

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
