import { readFile } from "node:fs/promises";
import { type JsonMap, parseTemplate } from "../deploy/parse.ts";
import { TemplateError } from "../deploy/template-error.ts";
import { UserError } from "../kernel/faults.ts";

/** A template as data; its mistakes are told with file, line and column. */
export async function readTemplate(path: string): Promise<JsonMap> {
  const text = await readFile(path, "utf8");
  try {
    return parseTemplate(text);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new UserError(`${path}: ${error.message}`);
  }
}
