import type { AdminRequest, AdminResponse } from "../kernel/admin.ts";
import type { Scope } from "../kernel/scope.ts";
import { allowOnly, textOf } from "./parameters.ts";

/** What is known of a table's use, as a document; undefined for a table that there is not. */
export type TableReports = (scope: Scope, name: string) => Promise<unknown>;

/** `GET /_nuage/tables/{name}`: a TableReport, by region and account. */
export async function tablePage(
  report: TableReports,
  defaults: Scope,
  { query }: AdminRequest,
  name: string,
): Promise<AdminResponse> {
  allowOnly(query, ["region", "account"]);
  const scope = {
    region: textOf(query, "region") ?? defaults.region,
    account: textOf(query, "account") ?? defaults.account,
  };
  // Names of tables have no character that a path escapes.
  const found = /^[a-zA-Z0-9_.-]+$/.test(name) ? await report(scope, name) : undefined;
  if (found !== undefined) return { status: 200, json: found };
  return { status: 404, json: { message: `There is no table "${name}" in ${scope.region}.` } };
}
