// What there is of key specs, and what each is good for.
// https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
import type * as sdk from "@aws-sdk/client-kms";
import { fault, invalid } from "./faults.ts";

type Kind = "symmetric" | "rsa" | "ecc" | "edwards" | "hmac";

interface Spec {
  readonly kind: Kind;
  readonly usages: readonly sdk.KeyUsageType[];
  /** Of symmetric keys and HMAC keys: how long the secret is; of RSA: the modulus. */
  readonly bytes?: number;
  /** As Node names it. */
  readonly curve?: string;
  readonly signing?: readonly sdk.SigningAlgorithmSpec[];
  readonly mac?: sdk.MacAlgorithmSpec;
}

const RSA_SIGNING = ["RSASSA_PKCS1_V1_5", "RSASSA_PSS"].flatMap((scheme) =>
  [256, 384, 512].map((bits) => `${scheme}_SHA_${bits}` as sdk.SigningAlgorithmSpec),
);
const rsa = (bits: number): Spec => ({
  kind: "rsa",
  usages: ["ENCRYPT_DECRYPT", "SIGN_VERIFY"],
  bytes: bits / 8,
  signing: RSA_SIGNING,
});
const ecc = (curve: string, bits: number, ...usages: sdk.KeyUsageType[]): Spec => ({
  kind: "ecc",
  usages: ["SIGN_VERIFY", ...usages],
  curve,
  signing: [`ECDSA_SHA_${bits}` as sdk.SigningAlgorithmSpec],
});
const hmac = (bits: number): Spec => ({
  kind: "hmac",
  usages: ["GENERATE_VERIFY_MAC"],
  bytes: bits / 8,
  mac: `HMAC_SHA_${bits}` as sdk.MacAlgorithmSpec,
});

const SPECS: Readonly<Partial<Record<string, Spec>>> = {
  SYMMETRIC_DEFAULT: { kind: "symmetric", usages: ["ENCRYPT_DECRYPT"], bytes: 32 },
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ecc("prime256v1", 256, "KEY_AGREEMENT"),
  ECC_NIST_P384: ecc("secp384r1", 384, "KEY_AGREEMENT"),
  ECC_NIST_P521: ecc("secp521r1", 512, "KEY_AGREEMENT"),
  ECC_SECG_P256K1: ecc("secp256k1", 256),
  ECC_NIST_EDWARDS25519: { kind: "edwards", usages: ["SIGN_VERIFY"], signing: ["ED25519_SHA_512"] },
  HMAC_224: hmac(224),
  HMAC_256: hmac(256),
  HMAC_384: hmac(384),
  HMAC_512: hmac(512),
};

export function specOf(name: string): Spec {
  const spec = SPECS[name];
  if (spec) return spec;
  throw fault("UnsupportedOperationException", `The key spec ${name} is not supported in this region.`);
}

/** What a new key is for; only of symmetric keys it goes without saying. */
export function usageOf(name: string, wanted: sdk.KeyUsageType | undefined): sdk.KeyUsageType {
  const { kind, usages } = specOf(name);
  if (wanted === undefined) {
    if (kind === "symmetric") return "ENCRYPT_DECRYPT";
    throw invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  }
  if (usages.includes(wanted)) return wanted;
  throw invalid(`KeyUsage ${wanted} is not compatible with KeySpec ${name}`);
}

/** The algorithms that a key may be used with, as descriptions of it list them. */
export function algorithmsOf(
  name: string,
  usage: sdk.KeyUsageType,
): Pick<
  sdk.KeyMetadata,
  "EncryptionAlgorithms" | "SigningAlgorithms" | "MacAlgorithms" | "KeyAgreementAlgorithms"
> {
  const { kind, signing = [], mac } = specOf(name);
  if (usage === "SIGN_VERIFY") return { SigningAlgorithms: [...signing] };
  if (usage === "GENERATE_VERIFY_MAC") return { MacAlgorithms: mac ? [mac] : [] };
  if (usage === "KEY_AGREEMENT") return { KeyAgreementAlgorithms: ["ECDH"] };
  return {
    EncryptionAlgorithms:
      kind === "symmetric" ? ["SYMMETRIC_DEFAULT"] : ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
  };
}

/** Refuses an algorithm that a key's spec does not have. */
export function checkAlgorithm(spec: string, algorithm: string, known: readonly string[] | undefined): void {
  if (known?.includes(algorithm)) return;
  throw fault("InvalidKeyUsageException", `Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
}
