import type { Ids } from "../../kernel/ids.ts";

/** `a1b2c3d4e5`: letters and digits, in lower case. */
export const newApiId = (ids: Ids) => ids.base32(10).toLowerCase();

/** Of what is in an API: routes, integrations, stages' deployments. */
export const newResourceId = (ids: Ids) => ids.base32(7).toLowerCase();

/** `JKJaXmPLvHcESHA=`: the id by which a client tells of its request. */
export const newRequestId = (ids: Ids) => {
  const bytes = Buffer.from(ids.hex(22), "hex");
  return bytes.toString("base64").replaceAll("+", "A").replaceAll("/", "B");
};
