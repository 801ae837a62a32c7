import { createHash } from "node:crypto";
import type { PolicyRecord } from "../records.ts";

// AWS's policies are long lists of actions. They are written down as
//
//   policy service-role/Name v2 <made> <changed>
//     allow sid:Some s3:GetObject s3:PutObject on arn:aws:s3:::* if {"Bool": {"aws:SecureTransport": "true"}}
//     deny all-but iam:*
//
// A statement without `on` is of every resource. In a condition white space means nothing, and what begins
// with `+` goes on with the word before.

/** The policies of a table, by their ARNs. */
export function readPolicies(table: string): Map<string, PolicyRecord> {
  const policies = table
    .split(/^policy /m)
    .slice(1)
    .map(readPolicy);
  return new Map(policies.map((policy) => [`arn:aws:iam::aws:policy${policy.path}${policy.name}`, policy]));
}

function readPolicy(text: string): PolicyRecord {
  const [head = "", ...statements] = text.split(/^ {2}(?=allow |deny )/m);
  const [address = "", version = "", made = "", changed = ""] = head.trim().split(" ");
  const Statement = statements.map((statement) =>
    readStatement(statement.trim().replace(/\s+\+/g, "").split(/\s+/)),
  );
  return awsPolicyRecord(address, {
    version,
    document: JSON.stringify({ Version: "2012-10-17", Statement }, null, 4),
    createdMs: Date.parse(made),
    updatedMs: Date.parse(changed),
  });
}

function readStatement([effect, ...words]: string[]) {
  const onAt = words.indexOf("on");
  const ifAt = words.indexOf("if");
  const end = ifAt < 0 ? words.length : ifAt;
  const sid = words[0]?.startsWith("sid:") ? words[0].slice("sid:".length) : undefined;
  const first = words.slice(sid === undefined ? 0 : 1, onAt < 0 ? end : onAt);
  const isAllBut = first[0] === "all-but";
  const resources = onAt < 0 ? ["*"] : words.slice(onAt + 1, end);
  return {
    ...(sid === undefined ? {} : { Sid: sid }),
    Effect: effect === "deny" ? "Deny" : "Allow",
    ...(isAllBut ? { NotAction: one(first.slice(1)) } : { Action: one(first) }),
    Resource: one(resources),
    ...(ifAt < 0 ? {} : { Condition: JSON.parse(words.slice(ifAt + 1).join("")) as unknown }),
  };
}

const one = (values: string[]) => (values.length === 1 ? values[0] : values);

interface Told {
  readonly version: string;
  /** Absent where it is not known. */
  readonly document?: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** `address`: the name with the path before it. */
export function awsPolicyRecord(address: string, told: Told): PolicyRecord {
  const slash = address.lastIndexOf("/") + 1;
  const id = createHash("sha256").update(address).digest();
  return {
    v: 1,
    account: "aws",
    path: `/${address.slice(0, slash)}`,
    name: address.slice(slash),
    id: `ANPA${Array.from(id.subarray(0, 17), (byte) => BASE32[byte & 31]).join("")}`,
    createdMs: told.createdMs,
    updatedMs: told.updatedMs,
    tags: {},
    versions:
      told.document === undefined
        ? []
        : [{ id: told.version, document: told.document, createdMs: told.updatedMs }],
    defaultVersion: told.version,
    lastNumber: Number(told.version.slice(1)),
  };
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
