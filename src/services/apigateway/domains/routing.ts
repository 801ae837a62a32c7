import type { HttpHeaders } from "../../../kernel/http.ts";
import type { RuleRecord } from "./records.ts";

/** Whether a rule holds for a request, and which of its base paths the request's begins with. */
export function matchRule(
  { headers, basePaths }: RuleRecord,
  request: { readonly headers: HttpHeaders; readonly path: string },
): { readonly basePath: string } | undefined {
  const isMatching = headers.every((anyOf) => anyOf.some((wanted) => hasHeader(request.headers, wanted)));
  if (!isMatching) return undefined;
  if (basePaths.length === 0) return { basePath: "" };
  const basePath = basePaths.find((path) => isBelow(request.path, path));
  return basePath === undefined ? undefined : { basePath };
}

/** Names in any case, values as they are; of several values of a name one is enough. */
function hasHeader(
  headers: HttpHeaders,
  { name, glob }: { readonly name: string; readonly glob: string },
): boolean {
  const lower = name.toLowerCase();
  return headers.some(([each, value]) => each.toLowerCase() === lower && fits(value, glob));
}

function fits(value: string, glob: string): boolean {
  const isOpenBefore = glob.startsWith("*");
  const isOpenBehind = glob.length > 1 && glob.endsWith("*");
  const text = glob.slice(isOpenBefore ? 1 : 0, isOpenBehind ? -1 : undefined);
  if (isOpenBefore && isOpenBehind) return value.includes(text);
  if (isOpenBefore) return value.endsWith(text);
  return isOpenBehind ? value.startsWith(text) : value === text;
}

/** Segment by segment. */
export function isBelow(path: string, key: string): boolean {
  return key === "" || path === `/${key}` || path.startsWith(`/${key}/`);
}
