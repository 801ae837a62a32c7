// How what a resource is differs from what its template says.
import { isDeepStrictEqual } from "node:util";
import type * as sdk from "@aws-sdk/client-cloudformation";
import type { Properties, Property } from "../resource-types.ts";

/** Of the properties that the template says and that can be told; of others nothing is known. */
export function differencesOf(expected: Properties, actual: Properties): sdk.PropertyDifference[] {
  return Object.entries(expected).flatMap(([name, value]) =>
    Object.hasOwn(actual, name) ? compare(plain(value), plain(actual[name] ?? null), `/${name}`) : [],
  );
}

/** Numbers and truths may be written as text. */
function plain(value: Property): Property {
  if (Array.isArray(value)) return value.map((item: Property) => plain(item));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  return value === null ? null : String(value);
}

const isMembers = (value: Property | undefined): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function compare(expected: Property, actual: Property, path: string): sdk.PropertyDifference[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  if (Array.isArray(expected) && Array.isArray(actual)) return compareLists(expected, actual, path);
  if (!isMembers(expected) || !isMembers(actual))
    return [actual === null ? removed(path, expected) : changed(path, expected, actual)];
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return names.flatMap((name) => {
    const [one, other] = [expected[name], actual[name]];
    const place = `${path}/${name}`;
    if (one === undefined) return other === undefined ? [] : [added(place, other)];
    return other === undefined ? [removed(place, one)] : compare(one, other, place);
  });
}

/** The order of a list says nothing here; what is tagged is the same by its key. */
function compareLists(
  expected: readonly Property[],
  actual: readonly Property[],
  path: string,
): sdk.PropertyDifference[] {
  const left = [...actual.entries()];
  const take = (fits: (other: Property) => boolean) => {
    const at = left.findIndex(([, other]) => fits(other));
    return at < 0 ? undefined : left.splice(at, 1)[0]?.[1];
  };
  const missing = [...expected.entries()].filter(
    ([, one]) => take((other) => isDeepStrictEqual(one, other)) === undefined,
  );
  const found = missing.flatMap(([index, one]) => {
    const other = take(
      (each) => isMembers(one) && isMembers(each) && one.Key !== undefined && one.Key === each.Key,
    );
    return other === undefined ? [removed(`${path}/${index}`, one)] : compare(one, other, `${path}/${index}`);
  });
  return [...found, ...left.map(([index, other]) => added(`${path}/${index}`, other))];
}

const text = (value: Property) => (typeof value === "object" ? JSON.stringify(value) : String(value));

const changed = (PropertyPath: string, expected: Property, actual: Property): sdk.PropertyDifference => ({
  PropertyPath,
  ExpectedValue: text(expected),
  ActualValue: text(actual),
  DifferenceType: "NOT_EQUAL",
});

const added = (PropertyPath: string, actual: Property): sdk.PropertyDifference => ({
  PropertyPath,
  ExpectedValue: "null",
  ActualValue: text(actual),
  DifferenceType: "ADD",
});

const removed = (PropertyPath: string, expected: Property): sdk.PropertyDifference => ({
  PropertyPath,
  ExpectedValue: text(expected),
  ActualValue: "null",
  DifferenceType: "REMOVE",
});
