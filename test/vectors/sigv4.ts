// AWS's own Signature Version 4 test suite (awslabs/aws-c-auth, tests/aws-signing-test-suite/v4), turned
// round: every signed request must be accepted, and none with a flipped byte anywhere.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../../src/gateway/refusals.ts";
import type { SignedRequest } from "../../src/gateway/signature-canonical.ts";
import { parseSignature, parseTimestamp } from "../../src/gateway/signature-parse.ts";
import { payloadHashOf, verifySignature } from "../../src/gateway/signature-verify.ts";
import { newTally, type Suite, type Tally } from "./tally.ts";

interface Context {
  readonly credentials: {
    readonly access_key_id: string;
    readonly secret_access_key: string;
    readonly token?: string;
  };
  readonly normalize: boolean;
  readonly service: string;
  readonly timestamp: string;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export const sigv4: Suite = { folder: "sigv4", run };

async function run(folder: string): Promise<Tally> {
  const tally = newTally();
  const check = (holds: boolean, sentence: string) => {
    if (holds) tally.passed++;
    else tally.failures.push(sentence);
  };
  for (const name of (await readdir(folder)).sort()) {
    const context = JSON.parse(await readFile(join(folder, name, "context.json"), "utf8")) as Context;
    for (const form of ["header", "query"]) {
      const path = join(folder, name, `${form}-signed-request.txt`);
      if (!existsSync(path)) continue;
      const request = parseRequest(await readFile(path, "utf8"));
      check(accepts(request, context), `${name}: the ${form}-signed request is refused`);
      for (const [where, broken] of flips(request)) {
        if (context.normalize && samePath(request.path, broken.path) && where.startsWith("path")) continue;
        check(!accepts(broken, context), `${name}: accepted with a flipped byte in ${form}'s ${where}`);
      }
    }
  }
  return tally;
}

function accepts(request: Request, context: Context): boolean {
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) headers[name.toLowerCase()] ??= value.trim();
  const signature = parseSignature(headers, request.query);
  if (signature === undefined || signature instanceof Refusal) return false;
  const { credentials } = context;
  // The suite knows one service whose paths are signed as they are and one whose paths are not: S3's rule.
  const body = Buffer.from(request.body);
  try {
    verifySignature(signedRequest(request), signature, payloadHashOf("query", signature, undefined, body), {
      family: "query",
      signingName: context.service,
      nowMs: parseTimestamp(context.timestamp.replace(/[-:]/g, "")) ?? 0,
      secretOf: (key, token) =>
        key === credentials.access_key_id && token === credentials.token
          ? credentials.secret_access_key
          : undefined,
      normalisedPath: context.normalize,
    });
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

function signedRequest(request: Request): SignedRequest {
  const values = (name: string) =>
    request.headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  return {
    method: request.method,
    path: request.path,
    query: request.query,
    headerValues: values,
    headerNames: () => request.headers.map(([name]) => name.toLowerCase()),
  };
}

function parseRequest(text: string): Request {
  const [head = "", ...rest] = text.replaceAll("\r\n", "\n").split("\n\n");
  const [line = "", ...lines] = head.split("\n");
  const target = line.slice(line.indexOf(" ") + 1, line.lastIndexOf(" "));
  const mark = target.indexOf("?");
  const headers: [string, string][] = [];
  for (const one of lines) {
    const last = headers.at(-1);
    // A line that begins with a space goes on with the header before it.
    if (/^\s/.test(one) && last) last[1] += `\n${one}`;
    else if (one !== "") headers.push([one.slice(0, one.indexOf(":")), one.slice(one.indexOf(":") + 1)]);
  }
  return {
    method: line.slice(0, line.indexOf(" ")),
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? "" : target.slice(mark + 1),
    headers,
    body: rest.join("\n\n"),
  };
}

/** The request with one byte changed, once for every byte that says something. */
function* flips(request: Request): Generator<[where: string, broken: Request]> {
  for (const path of flipped(request.path)) yield [`path ${path}`, { ...request, path }];
  for (const query of flipped(request.query)) yield [`query ${query}`, { ...request, query }];
  for (const method of flipped(request.method)) yield [`method ${method}`, { ...request, method }];
  for (const body of flipped(request.body)) yield [`body ${body}`, { ...request, body }];
  for (const [index, [name, value]] of request.headers.entries()) {
    for (const other of flipped(value)) {
      yield [`header ${name}: ${other}`, { ...request, headers: request.headers.with(index, [name, other]) }];
    }
  }
}

/** Paths that name the same thing once they are normalised, such as `/a` and `//a`, are signed alike. */
function samePath(one: string, other: string): boolean {
  const plain = (path: string) => new URL(`http://host${path.replace(/\/+/g, "/")}`).pathname;
  return other.startsWith("/") && plain(one) === plain(other);
}

function* flipped(text: string): Generator<string> {
  for (let index = 0; index < text.length; index++) {
    // How much white space there is between words is not signed.
    if (/\s/.test(text[index] ?? "")) continue;
    const byte = String.fromCharCode(text.charCodeAt(index) ^ 1);
    yield text.slice(0, index) + byte + text.slice(index + 1);
  }
}
