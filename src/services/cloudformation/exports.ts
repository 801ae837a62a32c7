import type { Output } from "@aws-sdk/client-cloudformation";
import { importsIn } from "../../deploy/graph.ts";
import { evaluate } from "../../deploy/intrinsics.ts";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Transaction } from "../../store/store.ts";
import { invalid } from "./faults.ts";
import type { Prepared } from "./prepare.ts";
import {
  type ExportRecord,
  exportKey,
  importKey,
  prefixOf,
  read,
  readAll,
  type StackRecord,
  write,
} from "./records.ts";

/** The names that a stack imports: they may be made of parameters, not of resources. */
function importsOf(prepared: Prepared): ReadonlySet<string> {
  const nothing = { refOf: () => undefined, attributeOf: () => undefined, importOf: () => undefined };
  const names = new Set<string>();
  for (const argument of importsIn([prepared.resources, prepared.template.outputs])) {
    try {
      const name = evaluate(argument, { ...prepared, ...nothing }, "/Resources");
      if (typeof name === "string") names.add(name);
    } catch (error) {
      // What cannot be worked out fails when the resource is made.
      if (!(error instanceof TemplateError)) throw error;
    }
  }
  return names;
}

/** What is used of other stacks cannot be taken away meanwhile. */
export async function noteImports(tx: Transaction, stack: StackRecord, prepared: Prepared): Promise<void> {
  for (const name of importsOf(prepared)) write(tx, importKey(stack, name, stack.stackId), { v: 1 });
}

/** That the stack uses what others export, apart from what it still is to use. */
export async function withdrawImports(
  tx: Transaction,
  stack: StackRecord,
  prepared?: Prepared,
): Promise<void> {
  const kept = prepared ? importsOf(prepared) : new Set<string>();
  for await (const [key] of tx.range({ prefix: ["cfnImport", stack.account, stack.region] })) {
    if (key.at(-1) === stack.stackId && !kept.has(String(key.at(-2)))) tx.delete(key);
  }
}

/** The name of another stack that imports it. */
async function userOf(tx: Transaction, stack: StackRecord, name: string): Promise<string | undefined> {
  for await (const [key] of tx.range({ prefix: prefixOf(importKey(stack, name, "")) })) {
    if (key.at(-1) !== stack.stackId) return String(key.at(-1)).split("/")[1];
  }
  return undefined;
}

async function exportsOf(tx: Transaction, stack: StackRecord): Promise<ExportRecord[]> {
  const all = await readAll<ExportRecord>(tx, prefixOf(exportKey(stack, "")));
  return all.filter(({ stackId }) => stackId === stack.stackId);
}

/** Throws a ValidationError for a stack that others import of. */
export async function checkExportsUnused(tx: Transaction, stack: StackRecord): Promise<void> {
  for (const { name } of await exportsOf(tx, stack)) {
    const user = await userOf(tx, stack, name);
    if (user !== undefined) throw invalid(`Export ${name} cannot be deleted as it is in use by ${user}`);
  }
}

/** Exports what a stack's outputs say and nothing else. Gives why that cannot be; nothing is changed then. */
export async function publish(
  tx: Transaction,
  stack: StackRecord,
  outputs: readonly Output[],
): Promise<string | undefined> {
  const wanted = new Map<string, string>();
  for (const { ExportName: name, OutputValue: value = "" } of outputs) {
    if (name === undefined) continue;
    wanted.set(name, value);
    const old = await read<ExportRecord>(tx, exportKey(stack, name));
    if (old && old.stackId !== stack.stackId) {
      const owner = old.stackId.split("/")[1];
      return `Export with name ${name} is already exported by stack ${owner}. Rollback requested by user.`;
    }
  }
  const before = await exportsOf(tx, stack);
  for (const { name, value } of before) {
    if (wanted.get(name) === value) continue;
    const user = await userOf(tx, stack, name);
    const what = wanted.has(name) ? "updated" : "deleted";
    if (user !== undefined) return `Export ${name} cannot be ${what} as it is in use by ${user}`;
  }
  for (const { name } of before) if (!wanted.has(name)) tx.delete(exportKey(stack, name));
  for (const [name, value] of wanted) {
    write(tx, exportKey(stack, name), { v: 1, name, value, stackId: stack.stackId });
  }
  return undefined;
}

export async function withdrawExports(tx: Transaction, stack: StackRecord): Promise<void> {
  for (const { name } of await exportsOf(tx, stack)) tx.delete(exportKey(stack, name));
}
