const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ACCOUNT_BITS = 40n;

/**
 * AWS writes the account into its access keys: of the 16 base32 characters after the prefix, bits 1 to 40
 * are the account's number. Keys issued here do the same, so that tools which read it find the account.
 */
export function accessKeyFor(account: string, prefix: "AKIA" | "ASIA", randomBase32: string): string {
  const head = (1n << ACCOUNT_BITS) | BigInt(account);
  let text = "";
  // 41 bits of head fill eight characters and a bit of the ninth; the rest is chance.
  for (let character = 0n; character < 8n; character++) {
    text += ALPHABET[Number((head >> (36n - character * 5n)) & 31n)];
  }
  const ninth = Number((head & 1n) << 4n) | (ALPHABET.indexOf(randomBase32[8] ?? "A") & 15);
  return `${prefix}${text}${ALPHABET[ninth]}${randomBase32.slice(9, 16)}`;
}

/** Whether a key has the form of those that users have for good. */
export const isUserKey = (accessKeyId: string): boolean => /^AKIA[A-Z2-7]{16}$/.test(accessKeyId);

/** The account in an access key of AWS's form, or undefined for any other key. */
export function accountInAccessKey(accessKeyId: string): string | undefined {
  if (!/^(AKIA|ASIA|AROA|AIDA)[A-Z2-7]{16}$/.test(accessKeyId)) return undefined;
  let head = 0n;
  for (const character of accessKeyId.slice(4, 13)) {
    head = (head << 5n) | BigInt(ALPHABET.indexOf(character));
  }
  const account = (head >> 4n) & ((1n << ACCOUNT_BITS) - 1n);
  return account < 10n ** 12n ? account.toString().padStart(12, "0") : undefined;
}
