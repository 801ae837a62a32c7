// Makes the first lines of a new piece where it belongs, so that only its substance is left to write:
//
//   npm run scaffold -- service sqs                       (with --sdk for a package of another name)
//   npm run scaffold -- operation sqs SendMessage messages
//   npm run scaffold -- source sqs
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readSdk } from "./scaffold/sdk.ts";
import * as templates from "./scaffold/templates.ts";

/** A sentence for the person at the terminal. */
export class ScaffoldError extends Error {}

export interface ServiceRequest {
  readonly id: string;
  /** The SDK's package, where it is not `@aws-sdk/client-<id>`. */
  readonly sdk?: string;
}

/** Makes a service: its folder and its line in services/index.ts. Gives the files touched. */
export async function scaffoldService(root: string, { id, sdk }: ServiceRequest): Promise<string[]> {
  if (!/^[a-z][a-z0-9]*$/.test(id)) throw new ScaffoldError(`"${id}" is not a service's id, such as sqs.`);
  const folder = `src/services/${id}`;
  if (existsSync(join(root, folder))) throw new ScaffoldError(`there is a service ${id} already.`);
  const found = await readSdk(root, sdk ?? `@aws-sdk/client-${id}`);
  if (!found)
    throw new ScaffoldError(`${sdk ?? `@aws-sdk/client-${id}`} is not installed: npm i --save-exact it.`);
  const list = "src/services/index.ts";
  const text = readFileSync(join(root, list), "utf8");
  const imported = text.replace(/(\n\n)/, `\nimport { ${id} } from "./${id}/index.ts";$1`);
  const listed = imported.replace(/(SERVICES[^=]*= \[[^\]]*)\]/, `$1  ${id},\n]`);
  return write(root, {
    [`${folder}/index.ts`]: templates.serviceIndex(id, found),
    [`${folder}/service.ts`]: templates.serviceItself(id),
    [`${folder}/records.ts`]: templates.serviceRecords(id),
    [`${folder}/${id}.test.ts`]: templates.serviceTest(id, found),
    [list]: listed,
  });
}

export interface OperationRequest {
  readonly service: string;
  /** As AWS writes it: `SendMessage`. */
  readonly operation: string;
  /** The noun it acts on, which names the handler file: `messages`. */
  readonly noun: string;
}

/** Makes an operation: a handler in its noun's file, and its test. Gives the files touched. */
export async function scaffoldOperation(root: string, request: OperationRequest): Promise<string[]> {
  const { service, operation, noun } = request;
  const folder = `src/services/${service}`;
  const index = join(root, folder, "index.ts");
  if (!existsSync(index)) throw new ScaffoldError(`there is no service ${service}: scaffold it first.`);
  const sdk = await readSdk(root, /import\("([^"]+)"\)/.exec(readFileSync(index, "utf8"))?.[1] ?? "");
  if (!sdk?.operations.includes(operation)) {
    throw new ScaffoldError(`${service} has no operation ${operation}. AWS's names begin with a capital.`);
  }
  const file = `${folder}/${noun}.ts`;
  const path = join(root, file);
  const files: Record<string, string> = {
    [`${folder}/${templates.fileName(operation)}.test.ts`]: templates.operationTest(sdk, operation),
  };
  if (existsSync(path)) {
    const text = readFileSync(path, "utf8");
    const end = text.lastIndexOf("} satisfies Handlers");
    if (end < 0) throw new ScaffoldError(`${file} holds no handlers: name another noun.`);
    if (text.includes(`async ${operation}(`)) throw new ScaffoldError(`${service} has ${operation} already.`);
    files[file] = templates.withFault(
      `${text.slice(0, end)}\n${templates.handler(operation)}${text.slice(end)}`,
    );
  } else {
    files[file] = templates.handlerFile(sdk, noun, operation);
    const whole = `${folder}/service.ts`;
    files[whole] = readFileSync(join(root, whole), "utf8")
      .replace(
        /import type \{ Service \} from "..\/define.ts";\n/,
        `$&import { ${noun} } from "./${noun}.ts";\n`,
      )
      .replace(/handlers: \{(\s*)/, `handlers: {$1...${noun}, `);
  }
  return write(root, files);
}

/** Makes an event source: its file and its line in sources/index.ts. Gives the files touched. */
export function scaffoldSource(root: string, kind: string): string[] {
  if (!/^[a-z][a-z0-9]*$/.test(kind))
    throw new ScaffoldError(`"${kind}" is not a kind of source, such as sqs.`);
  const file = `src/sources/${kind}.ts`;
  if (existsSync(join(root, file))) throw new ScaffoldError(`there is a source ${kind} already.`);
  const list = "src/sources/index.ts";
  const files: Record<string, string> = { [file]: templates.sourceFile(kind) };
  const text = readFileSync(join(root, list), "utf8");
  files[list] = text
    .replace(/import \{ sqs \}/, `import { ${kind} } from "./${kind}.ts";\n$&`)
    .replace(/(SOURCES[^=]*= \[[^\]]*?),?\s*\]/s, `$1, ${kind}]`);
  return write(root, files);
}

function write(root: string, files: Readonly<Record<string, string>>): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return Object.keys(files).sort();
}

const USAGE =
  "npm run scaffold -- service ID [--sdk PACKAGE] | operation SERVICE OPERATION NOUN | source KIND";

async function main(): Promise<void> {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const { values, positionals } = parseArgs({ options: { sdk: { type: "string" } }, allowPositionals: true });
  const [what, first = "", second = "", third = ""] = positionals;
  let files: string[];
  if (what === "service") files = await scaffoldService(root, { id: first, ...values });
  else if (what === "operation" && third)
    files = await scaffoldOperation(root, { service: first, operation: second, noun: third });
  else if (what === "source") files = scaffoldSource(root, first);
  else throw new ScaffoldError(USAGE);
  for (const file of files) console.log(file);
  console.log("Now: npm run format && npm run typecheck && npm run coverage");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: unknown) => {
    if (!(error instanceof ScaffoldError)) throw error;
    console.error(`scaffold: ${error.message}`);
    process.exitCode = 1;
  });
}
