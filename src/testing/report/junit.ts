import type { Entry, Report, Section } from "./content.ts";
import { escaped } from "./escape.ts";

/**
 * As CI systems read it: a suite a section, a case an entry. What is noted is told as skipped: they have no
 * other word for what is neither well nor a failure. They know a case again, and tell new failures from old
 * ones, by its class and name, so no figure is in these. Nothing here takes time, but some readers make
 * nonsense of a case without one. https://github.com/testmoapp/junitxml
 */
export function junitOf({ title, atMs, sections }: Report): string {
  const all = sections.flatMap(({ entries }) => entries);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escaped(title)}" ${countsOf(all)}>`,
    ...sections.flatMap((section) => suiteOf(section, atMs)),
    "</testsuites>",
    "",
  ].join("\n");
}

function countsOf(entries: readonly Entry[]): string {
  const count = (result: Entry["result"]) => entries.filter((entry) => entry.result === result).length;
  const tests = `tests="${entries.length}" failures="${count("failed")}" errors="0"`;
  return `${tests} skipped="${count("noted")}" time="0"`;
}

function suiteOf({ title, entries }: Section, atMs: number): string[] {
  // JUnit's schema has neither a fraction nor a zone.
  const time = new Date(atMs).toISOString().slice(0, 19);
  const counts = countsOf(entries);
  const head = `  <testsuite name="${escaped(title)}" ${counts} timestamp="${time}"`;
  if (entries.length === 0) return [`${head} />`];
  return [`${head}>`, ...entries.flatMap((entry) => caseOf(title, entry, entries)), "  </testsuite>"];
}

function caseOf(section: string, entry: Entry, all: readonly Entry[]): string[] {
  const { subject, title, result, text, details, facts } = entry;
  const others = all.filter((each) => each.subject === subject && each.name === entry.name);
  const name = others.length > 1 ? title : entry.name;
  const told = [title, ...facts.map(([what, value]) => `${what}: ${value}`)].join("\n");
  const reason = escaped([text, ...details].join("\n"));
  const message = escaped(`${subject} ${title}`);
  return [
    `    <testcase classname="${escaped(`${section}.${subject}`)}" name="${escaped(name)}" time="0">`,
    ...(result === "failed"
      ? [`      <failure message="${message}" type="${escaped(section)}">${reason}</failure>`]
      : []),
    ...(result === "noted"
      ? [`      <skipped message="${escaped(text)}">${escaped(details.join("\n"))}</skipped>`]
      : []),
    `      <system-out>${escaped(told)}</system-out>`,
    "    </testcase>",
  ];
}
