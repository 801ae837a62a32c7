import { createHmac, timingSafeEqual } from "node:crypto";
import type * as sdk from "@aws-sdk/client-kms";
import type { Context, Handlers } from "../define.ts";
import { endDryRun, fault } from "./faults.ts";
import { checkUsable, currentOf, findKey } from "./finding.ts";
import { algorithmsOf, checkAlgorithm } from "./key-specs.ts";
import { arnOf } from "./records.ts";

/** Codes that only those who have the key can make. */
export const macs = {
  async GenerateMac(input, context) {
    const { key, mac } = await compute(context, "GenerateMac", input);
    endDryRun(input);
    return { Mac: mac, MacAlgorithm: input.MacAlgorithm, KeyId: arnOf(key) };
  },

  async VerifyMac(input, context) {
    const { key, mac } = await compute(context, "VerifyMac", input);
    endDryRun(input);
    const given = input.Mac ?? new Uint8Array();
    if (given.length !== mac.length || !timingSafeEqual(given, mac)) {
      throw fault("KMSInvalidMacException", "");
    }
    return { KeyId: arnOf(key), MacValid: true, MacAlgorithm: input.MacAlgorithm };
  },
} satisfies Handlers<typeof sdk>;

async function compute(context: Context, operation: string, input: sdk.GenerateMacRequest) {
  const { MacAlgorithm = "", Message = new Uint8Array() } = input;
  const key = await findKey(context, input.KeyId);
  checkUsable(key, "GENERATE_VERIFY_MAC", operation);
  checkAlgorithm(key.spec, MacAlgorithm, algorithmsOf(key.spec, key.usage).MacAlgorithms);
  const hash = `sha${MacAlgorithm.slice(-3)}`;
  return { key, mac: createHmac(hash, currentOf(key).secret).update(Message).digest() };
}
