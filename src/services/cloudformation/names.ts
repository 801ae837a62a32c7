import { createHash } from "node:crypto";
import type { Ids } from "../../kernel/ids.ts";
import type { Scope } from "../../kernel/scope.ts";

export const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;

export function newStackId({ account, region }: Scope, name: string, ids: Ids): string {
  return `arn:aws:cloudformation:${region}:${account}:stack/${name}/${ids.uuid()}`;
}

export function newChangeSetId({ account, region }: Scope, name: string, ids: Ids): string {
  return `arn:aws:cloudformation:${region}:${account}:changeSet/${name}/${ids.uuid()}`;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SUFFIX = 12;

/**
 * `shop-Orders-1A2B3C4D5E6F`: whoever asks twice for the same resource of the same stack gets the same name,
 * so that what was begun and not written down is found again.
 */
export function physicalName(
  {
    stackName,
    stackId,
    logicalId,
  }: { readonly stackName: string; readonly stackId: string; readonly logicalId: string },
  generation: number,
  longest: number,
): string {
  const hash = createHash("sha256").update(`${stackId} ${logicalId} ${generation}`).digest();
  const suffix = Array.from(hash.subarray(0, SUFFIX), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  const room = longest - SUFFIX - 2;
  const half = Math.max(1, Math.floor(room / 2));
  const logical = logicalId.slice(0, Math.max(half, room - stackName.length));
  const stack = stackName.slice(0, room - logical.length);
  return `${stack}-${logical}-${suffix}`;
}

/**
 * A UUID that stands for one thing that is done with a resource: whoever asks again gets it again, after a
 * restart too.
 */
export function tokenOf(
  { stackId, status, operation }: { stackId: string; status: string; operation?: { id: string } | undefined },
  logicalId: string,
  action: string,
  what: string,
): string {
  const parts = [stackId, operation?.id, status, logicalId, action, what];
  const hex = createHash("sha256").update(parts.join("\n")).digest("hex");
  const variant = ["8", "9", "a", "b"][Number.parseInt(hex.slice(16, 17), 16) % 4];
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
  ];
  return `${groups.join("-")}-${hex.slice(20, 32)}`;
}
