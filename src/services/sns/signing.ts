import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { createSigner, type Signer } from "../../kernel/certificate.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Key, Store, Value } from "../../store/store.ts";
import { read } from "./records.ts";

interface SignerRecord extends Signer {
  /** Keys of the first version had half as many bits: they are made anew. */
  readonly v: 1 | 2;
}

const SIGNER: Key = ["snsSigner"];
const PATH = /^\/SimpleNotificationService-([0-9a-f]{32})\.pem$/;

/** Every platform's key, as it was last read: there is never another. */
const byStore = new WeakMap<Store, Promise<Signer>>();

/** The platform's key, made when it is first asked for. */
export function signerOf(world: { store: Store; clock: Clock }): Promise<Signer> {
  const known = byStore.get(world.store);
  if (known) return known;
  const found = readOrMake(world);
  byStore.set(world.store, found);
  found.catch(() => byStore.delete(world.store));
  return found;
}

async function readOrMake({ store, clock }: { store: Store; clock: Clock }): Promise<Signer> {
  const found = await store.transact((tx) => read<SignerRecord>(tx, SIGNER));
  if (found?.v === 2) return found;
  // Of 2,048 bits, as AWS's are: signing takes 0.3 ms of a thread beside the main one.
  const made = await createSigner("sns.amazonaws.com", Math.floor(clock.now()));
  await store.transact(async (tx) => tx.set(SIGNER, { v: 2, ...made } as unknown as Value));
  return made;
}

export function certificatePath({ id }: Signer): string {
  return `/SimpleNotificationService-${id}.pem`;
}

/** The certificate that lies at a path, or undefined. */
export async function certificateAt(store: Store, path: string): Promise<string | undefined> {
  const id = PATH.exec(path)?.[1];
  if (id === undefined) return undefined;
  // An ephemeral platform that was reset goes on with its key.
  const known = byStore.get(store);
  const found = known ? await known : await store.transact((tx) => read<SignerRecord>(tx, SIGNER));
  return found?.id === id ? found.certificate : undefined;
}

/** What is signed of a message, by name. */
export type Signed = Readonly<Record<string, string | undefined>>;

const NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
const CONFIRMATION = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/**
 * Names and values of what is signed, each on a line of its own, in order.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
function canonicalString(message: Signed): string {
  const names = message.Type === "Notification" ? NOTIFICATION : CONFIRMATION;
  return names
    .filter((name) => message[name] !== undefined)
    .map((name) => `${name}\n${message[name]}\n`)
    .join("");
}

/** Keys that are in use, read once. */
const keys = new Map<string, KeyObject>();
const MOST_KEYS = 100;

/** The signature in base64: version 1 is SHA1withRSA, version 2 SHA256withRSA. Off the main thread. */
export function signatureOf({ id, privateKey }: Signer, version: string, message: Signed): Promise<string> {
  const key = keys.get(id) ?? createPrivateKey(privateKey);
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(id, key);
  const text = Buffer.from(canonicalString(message));
  return new Promise((resolve, reject) => {
    sign(version === "2" ? "sha256" : "sha1", text, key, (error, signature) => {
      if (error) reject(error);
      else resolve(signature.toString("base64"));
    });
  });
}
