import type * as sdk from "@aws-sdk/client-xray";
import type { Scope } from "../../kernel/scope.ts";
import type { Key, Value } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { invalid } from "./faults.ts";

const keyOf = ({ account, region }: Scope): Key => ["xrayEncryption", account, region];

interface EncryptionRecord {
  readonly v: 1;
  readonly keyId: string;
}

const describe = (record: EncryptionRecord | undefined): sdk.EncryptionConfig =>
  record ? { KeyId: record.keyId, Status: "ACTIVE", Type: "KMS" } : { Status: "ACTIVE", Type: "NONE" };

/** With which key traces are said to be encrypted: it is kept, and changes nothing here. */
export const encryption = {
  async GetEncryptionConfig(_input, { store, scope }) {
    const record = await store.transact((tx) => tx.get(keyOf(scope)));
    return { EncryptionConfig: describe(record as unknown as EncryptionRecord | undefined) };
  },

  async PutEncryptionConfig({ Type, KeyId }, { store, scope }) {
    if (Type === "KMS" && KeyId === undefined) throw invalid("KeyId is required for type KMS.");
    if (Type !== "KMS" && KeyId !== undefined) throw invalid("KeyId must not be given for type NONE.");
    const record: EncryptionRecord | undefined = KeyId === undefined ? undefined : { v: 1, keyId: KeyId };
    await store.transact(async (tx) => {
      if (record) tx.set(keyOf(scope), record as unknown as Value);
      else tx.delete(keyOf(scope));
    });
    return { EncryptionConfig: describe(record) };
  },
} satisfies Handlers<typeof sdk>;
