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
  keys: "${id}",
  open: () => import("./service.ts"),
});
`;
}

export function serviceItself(id: string): string {
  return `import type { Service } from "../define.ts";

export const service: Service<"${id}"> = {
  handlers: {},
};
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

export function sourceFile(kind: string): string {
  return `import { platformFault } from "../kernel/faults.ts";
import type { EventSource } from "./source.ts";

/**
 * How records leave ${kind} for functions and pipes: \`runFlow\` with a flow of its own, as sqs.ts has it, or
 * \`runStream\` with a reader of its shards, as kinesis.ts has it.
 */
export const ${kind}: EventSource = {
  kind: "${kind}",
  async run(_mapping, _world) {
    throw platformFault("NotImplemented", "Event source mappings of ${kind} are not implemented.");
  },
};
`;
}
