import { expect, test } from "vitest";
import { formatTraceHeader, parseTraceHeader } from "./trace.ts";

const ROOT = "1-5759e988-bd862e3fe1be46a994272793";
const PARENT = "53995c3f42cd8ad8";

test("a header round-trips with its lineage", () => {
  const header = `Root=${ROOT};Parent=${PARENT};Sampled=1;Lineage=a87bd80c:1|68fd508a:5`;
  const trace = parseTraceHeader(header);
  expect(trace).toEqual({
    root: ROOT,
    parent: PARENT,
    sampled: true,
    lineage: [
      { resource: "a87bd80c", count: 1 },
      { resource: "68fd508a", count: 5 },
    ],
  });
  expect(trace && formatTraceHeader(trace)).toBe(header);
});

test("order, case, spaces and unknown fields do not matter; the newer lineage form is read", () => {
  expect(parseTraceHeader(`Self=1-x; sampled=0 ;root=${ROOT};Lineage=25:a87bd80c:1`)).toEqual({
    root: ROOT,
    sampled: false,
    lineage: [{ resource: "a87bd80c", count: 1 }],
  });
});

test.each([undefined, "", "Root=", "Root=1-zz-1", "nonsense", `Parent=${PARENT}`])(
  "%s is no trace",
  (header) => {
    expect(parseTraceHeader(header)).toBeUndefined();
  },
);

test("a damaged parent or lineage is passed over", () => {
  expect(parseTraceHeader(`Root=${ROOT};Parent=xyz;Lineage=nope|;;`)).toEqual({
    root: ROOT,
    sampled: true,
    lineage: [],
  });
});
