import { createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import type * as sdk from "@aws-sdk/client-kms";
import type { Handlers } from "../define.ts";
import { privateKey } from "./ciphers.ts";
import { refuseRecipient } from "./encryption.ts";
import { endDryRun, invalid } from "./faults.ts";
import { checkUsable, currentOf, findKey } from "./finding.ts";
import { specOf } from "./key-specs.ts";
import { arnOf, type KeyRecord } from "./records.ts";

/** Secrets that are shared with whoever has the other key. */
export const agreement = {
  async DeriveSharedSecret(input, context) {
    refuseRecipient(input.Recipient);
    const key = await findKey(context, input.KeyId);
    checkUsable(key, "KEY_AGREEMENT", "DeriveSharedSecret");
    const publicKey = readPublicKey(key, input.PublicKey ?? new Uint8Array());
    endDryRun(input);
    return {
      KeyId: arnOf(key),
      SharedSecret: diffieHellman({ privateKey: privateKey(currentOf(key).secret), publicKey }),
      KeyAgreementAlgorithm: "ECDH",
      KeyOrigin: key.origin,
    };
  },
} satisfies Handlers<typeof sdk>;

/** A public key of the same curve. */
function readPublicKey({ spec }: KeyRecord, der: Uint8Array): KeyObject {
  const wrong = () => invalid(`The public key is not a valid key of key spec ${spec}.`);
  let known: KeyObject;
  try {
    known = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
  } catch {
    throw wrong();
  }
  if (known.asymmetricKeyDetails?.namedCurve !== specOf(spec).curve) throw wrong();
  return known;
}
