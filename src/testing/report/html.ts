import { type Entry, momentText, type Report, type Section } from "./content.ts";
import { escaped } from "./escape.ts";

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --failed: #c62828; --noted: #b26a00; --ok: #2e7d32; }
@media (prefers-color-scheme: dark) { :root { --failed: #ff7b72; --noted: #e3b341; --ok: #56d364; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .5rem .75rem .5rem 0; vertical-align: top; }
td:first-child { width: 4rem; font-weight: 600; }
.failed td:first-child { color: var(--failed); }
.noted td:first-child { color: var(--noted); }
.ok td:first-child { color: var(--ok); }
p { margin: 0; overflow-wrap: anywhere; }
dl { margin: .25rem 0 0; font-size: .85rem; opacity: .75; }
dl div { display: inline; margin-right: 1rem; }
dt, dd { display: inline; margin: 0; }
`;

/** One page that needs nothing else: no script, no font, no address. */
export function htmlOf({ title, atMs, sections }: Report): string {
  const all = sections.flatMap(({ entries }) => entries);
  const count = (result: Entry["result"]) => all.filter((entry) => entry.result === result).length;
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head>`,
    "<body>",
    `<h1>${escaped(title)}</h1>`,
    `<p>${count("failed")} failed, ${count("noted")} noted, ${count("ok")} ok; ${momentText(atMs)}</p>`,
    ...sections.flatMap(sectionOf),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function sectionOf({ title, entries }: Section): string[] {
  const head = `<h2>${escaped(title)}</h2>`;
  if (entries.length === 0) return [head, "<p>None.</p>"];
  return [head, "<table>", ...entries.map(rowOf), "</table>"];
}

function rowOf({ subject, title, result, text, facts }: Entry): string {
  const told = facts.map(
    ([name, value]) => `<div><dt>${escaped(name)}:</dt> <dd>${escaped(value)}</dd></div>`,
  );
  const more = text === "" ? "" : `<p>${escaped(text)}</p>`;
  return (
    `<tr class="${result}"><td>${result}</td><td><strong>${escaped(subject)}</strong></td>` +
    `<td><p>${escaped(title)}</p>${more}<dl>${told.join("")}</dl></td></tr>`
  );
}
