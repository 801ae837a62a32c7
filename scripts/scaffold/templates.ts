// The first lines of what scaffold makes.
import type { Sdk } from "./sdk.ts";

/** `SendMessage` as the name of a file: `send-message`. */
export function fileName(operation: string): string {
  return operation.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
}

export function serviceIndex(id: string, sdk: Sdk): string {
  const wire = JSON.stringify(sdk.wire, undefined, 2)
    .replace(/"(\w+)":/g, "$1:")
    .replaceAll("\n", "\n  ");
  return `import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    ${id}: typeof import("${sdk.package}");
  }
}

/** What the service is for, in one sentence. */
export const ${id} = defineService({
  id: "${id}",
  load: () => import("${sdk.package}"),
  wire: ${wire},
  handlers: {},
});
`;
}

export function serviceRecords(id: string): string {
  return `import type { Scope } from "../../kernel/scope.ts";
import type { Key } from "../../store/store.ts";

/** What is stored of one resource. */
export interface ResourceRecord {
  readonly v: 1;
  readonly name: string;
  readonly createdMs: number;
}

/** Where a resource lies; without its name, the prefix of all of its scope. */
export function resourceKey({ account, region }: Scope, ...name: readonly string[]): Key {
  return ["${id}", "resource", account, region, ...name];
}
`;
}

export function serviceTest(id: string, sdk: Sdk): string {
  const operation = sdk.operations[0] ?? "";
  return `import { ${operation}Command, ${sdk.client} } from "${sdk.package}";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("${id} names the operation that it does not have yet", async () => {
  const client = nuage.client(${sdk.client});
  const answer = client.send(new ${operation}Command({} as never));
  await expect(answer).rejects.toThrow("${operation}");
});
`;
}

export function handler(operation: string): string {
  return `  async ${operation}(_input, _context) {
    throw platformFault("NotImplemented", "${operation} is not implemented.");
  },
`;
}

export function handlerFile(sdk: Sdk, noun: string, operation: string): string {
  return `import type * as sdk from "${sdk.package}";
import { platformFault } from "../../kernel/faults.ts";
import type { Handlers } from "../define.ts";

export const ${noun} = {
${handler(operation)}} satisfies Handlers<typeof sdk>;
`;
}

/** Imports platformFault where a file does not yet. */
export function withFault(text: string): string {
  if (/import \{[^}]*\bplatformFault\b/.test(text)) return text;
  const joined = text.replace(/import \{([^}]*)\} from "..\/..\/kernel\/faults.ts";/, (_, names: string) => {
    return `import {${names.trimEnd().replace(/,$/, "")}, platformFault } from "../../kernel/faults.ts";`;
  });
  if (joined !== text) return joined;
  return text.replace(/(import [^\n]*\n)/, '$1import { platformFault } from "../../kernel/faults.ts";\n');
}

export function operationTest(sdk: Sdk, operation: string): string {
  return `import { ${operation}Command, ${sdk.client} } from "${sdk.package}";
import { startNuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let nuage: Awaited<ReturnType<typeof startNuage>>;

beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage?.stop());

test("${operation} refuses what AWS refuses", async () => {
  const client = nuage.client(${sdk.client});
  await expect(client.send(new ${operation}Command({} as never))).rejects.toThrow();
});
`;
}

export const SOURCE_SHAPE = `/** One kind of event source, as the one worker loop sees it. */
export interface EventSource {
  /** The service's name in the source's ARN: \`sqs\`. */
  readonly kind: string;
  /**
   * Up to \`limit\` records after \`position\`. Waits for some to come, and gives none when the signal
   * aborts first.
   */
  fetch(
    sourceArn: string,
    position: string | undefined,
    limit: number,
    signal: AbortSignal,
  ): Promise<Batch>;
  /** Notes that everything up to \`position\` is done with, and will not be fetched again. */
  checkpoint(sourceArn: string, position: string): Promise<void>;
}

export interface Batch {
  /** In AWS's shape for this kind, one for each of the event's \`Records\`. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  /** Of the last record; undefined where there are none. */
  readonly position: string | undefined;
}
`;

export function sourceFile(kind: string): string {
  return `import { platformFault } from "../kernel/faults.ts";
import type { EventSource } from "./source.ts";

/** How records leave ${kind} for functions. */
export const ${kind}: EventSource = {
  kind: "${kind}",
  async fetch(_sourceArn, _position, _limit, _signal) {
    throw platformFault("NotImplemented", "Event source mappings of ${kind} are not implemented.");
  },
  async checkpoint(_sourceArn, _position) {
    throw platformFault("NotImplemented", "Event source mappings of ${kind} are not implemented.");
  },
};
`;
}

export function sourceList(kind: string): string {
  return `import { ${kind} } from "./${kind}.ts";
import type { EventSource } from "./source.ts";

/** Every kind of event source. To add one: its file, and its line here. */
export const SOURCES: readonly EventSource[] = [${kind}];
`;
}
