import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Insight } from "../insight.ts";
import { contentOf } from "./content.ts";
import { htmlOf } from "./html.ts";
import { junitOf } from "./junit.ts";

export interface ReportFiles {
  /** A page for people. */
  readonly html?: string;
  /** XML as JUnit writes it, for CI. */
  readonly junit?: string;
  /** What the report is of: `Nuage` when absent. */
  readonly title?: string;
}

/** Stacks of more errors than this nobody reads. */
const MOST_DETAILS = 100;

/** Writes the files that are named, with their folders; both say the same. */
export async function writeReport(insight: Insight, files: ReportFiles, nowMs: number): Promise<void> {
  const errors = await insight.errors();
  const details = await Promise.all(errors.slice(0, MOST_DETAILS).map(({ id }) => insight.error(id)));
  const content = contentOf(files.title ?? "Nuage", nowMs, {
    errors,
    details: details.filter((detail) => detail !== undefined),
    warnings: await insight.warnings(),
    concurrency: await insight.concurrency(),
  });
  if (files.html !== undefined) await write(files.html, htmlOf(content));
  if (files.junit !== undefined) await write(files.junit, junitOf(content));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
