import { type Entry, momentText, RESULTS, type Report, type Section } from "./content.ts";
import { escaped } from "./escape.ts";

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --failed: #c62828; --noted: #b26a00; --ok: #2e7d32; }
@media (prefers-color-scheme: dark) { :root { --failed: #ff7b72; --noted: #e3b341; --ok: #56d364; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; }
h2 small, nav small { font-weight: 400; font-size: .85rem; margin-left: .5rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 2rem; margin: 1rem 0; }
nav a { color: inherit; font-weight: 600; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
td { border-top: 1px solid var(--line); padding: .5rem .75rem .5rem 0; vertical-align: top; }
td:nth-child(1) { width: 4rem; font-weight: 600; }
td:nth-child(2) { width: 10rem; font-weight: 600; overflow-wrap: anywhere; }
.failed { color: var(--failed); }
.noted { color: var(--noted); }
.ok { color: var(--ok); }
p { margin: 0; overflow-wrap: anywhere; }
p + p { opacity: .85; }
pre { margin: .25rem 0 0; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
dl { margin: .25rem 0 0; font-size: .85rem; opacity: .75; display: flex; flex-wrap: wrap; gap: 0 1rem; }
dt, dd { display: inline; margin: 0; }
summary { cursor: pointer; padding: .5rem 0; border-top: 1px solid var(--line); }
`;

/** One page that needs nothing else: no script, no font, no address. */
export function htmlOf({ title, atMs, sections }: Report): string {
  return [
    "<!doctype html>",
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title><style>${STYLE}</style></head>`,
    "<body>",
    `<h1>${escaped(title)}</h1>`,
    `<p>${countsOf(sections.flatMap(({ entries }) => entries))}; ${momentText(atMs)} UTC</p>`,
    "<p><small>What failed stops a build; what is noted is worth a look.</small></p>",
    "<nav>",
    ...sections.map(
      (each) => `<div><a href="#${idOf(each)}">${escaped(each.title)}</a>${smallOf(each)}</div>`,
    ),
    "</nav>",
    ...sections.flatMap(sectionOf),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

const idOf = ({ title }: Section): string => title.toLowerCase().replaceAll(" ", "-");

const smallOf = ({ entries }: Section): string => `<small>${countsOf(entries)}</small>`;

/** `3 failed, 1 ok`: without what there is none of. */
function countsOf(entries: readonly Entry[]): string {
  const counts = RESULTS.flatMap((result) => {
    const count = entries.filter((entry) => entry.result === result).length;
    return count === 0 ? [] : [`<span class="${result}">${count} ${result}</span>`];
  });
  return counts.join(", ") || "none";
}

/** What is well is there for who asks. */
function sectionOf(section: Section): string[] {
  const { title, entries } = section;
  const head = `<h2 id="${idOf(section)}">${escaped(title)}${smallOf(section)}</h2>`;
  const open = entries.filter(({ result }) => result !== "ok");
  const well = entries.filter(({ result }) => result === "ok");
  const isShort = well.length <= 10;
  return [
    head,
    ...tableOf(isShort ? entries : open),
    ...(isShort ? [] : [`<details><summary>${well.length} ok</summary>`, ...tableOf(well), "</details>"]),
  ];
}

const tableOf = (entries: readonly Entry[]): string[] =>
  entries.length === 0 ? [] : ["<table>", ...entries.map(rowOf), "</table>"];

function rowOf({ subject, title, result, text, details, facts }: Entry): string {
  const told = facts.map(
    ([name, value]) => `<div><dt>${escaped(name)}:</dt> <dd>${escaped(value)}</dd></div>`,
  );
  const more = text === "" ? "" : `<p>${escaped(text)}</p>`;
  const lines = details.length === 0 ? "" : `<pre>${escaped(details.join("\n"))}</pre>`;
  return (
    `<tr><td class="${result}">${result}</td><td>${escaped(subject)}</td>` +
    `<td><p>${escaped(title)}</p>${more}${lines}<dl>${told.join("")}</dl></td></tr>`
  );
}
