import type { Entry, Report, Section } from "./content.ts";
import { escaped } from "./escape.ts";

/**
 * As CI systems read it: a suite a section, a case an entry. What is noted is told as skipped: they have no
 * other word for what is neither well nor a failure. https://github.com/testmoapp/junitxml
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
  return `tests="${entries.length}" failures="${count("failed")}" errors="0" skipped="${count("noted")}"`;
}

function suiteOf({ title, entries }: Section, atMs: number): string[] {
  const time = new Date(atMs).toISOString();
  const head = `  <testsuite name="${escaped(title)}" ${countsOf(entries)} timestamp="${time}"`;
  if (entries.length === 0) return [`${head} />`];
  return [`${head}>`, ...entries.flatMap((entry) => caseOf(title, entry)), "  </testsuite>"];
}

function caseOf(section: string, { subject, title, result, text, facts }: Entry): string[] {
  const told = facts.map(([name, value]) => `${name}: ${value}`).join("\n");
  const message = escaped(`${subject} ${title}`);
  return [
    `    <testcase classname="${escaped(`${section}.${subject}`)}" name="${escaped(title)}">`,
    ...(result === "failed"
      ? [`      <failure message="${message}" type="${escaped(section)}">${escaped(text)}</failure>`]
      : []),
    ...(result === "noted" ? [`      <skipped message="${escaped(text)}" />`] : []),
    `      <system-out>${escaped(told)}</system-out>`,
    "    </testcase>",
  ];
}
