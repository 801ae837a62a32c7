import { isMap, type Json } from "../deploy/parse.ts";

/** One place at which two documents differ. Undefined: there is nothing on that side. */
export interface Difference {
  /** `Resources.Queue.Properties.VisibilityTimeout` */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Where two documents differ, in the order of their names; as deep as both have something to compare. */
export function differences(before: Json | undefined, after: Json | undefined, path = ""): Difference[] {
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  if (isMap(before) && isMap(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => differences(before[name], after[name], below(name)));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((each: Json, index) => differences(each, after[index], below(String(index))));
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}
