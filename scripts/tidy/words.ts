// Sizes, names, and words that belong elsewhere.
import { extname } from "node:path";
import { isTest } from "./imports.ts";
import type { Project, Violation } from "./project.ts";

const MOST_LINES = 400;
const MOST_LINES_OF_FUNCTION = 70;
const MOST_COLUMNS = 110;
/** Records of constants: as long as what they list. */
const TABLE = /(^|\/)(constraints|faults|attributes|limits)\.ts$/;
const CODE = new Set([".ts", ".mjs", ".js", ".py"]);
/** A word that cannot be broken, such as an address. */
const UNBREAKABLE = /\S{80,}/;

export function checkSizes(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const [path, text] of project.texts) {
    if (!CODE.has(extname(path)) || TABLE.test(path)) continue;
    const lines = text.replace(/\n$/, "").split("\n");
    if (lines.length > MOST_LINES)
      found.push({ path, line: MOST_LINES, rule: "file length", message: `${lines.length} lines` });
    for (const [index, line] of lines.entries())
      if (line.length > MOST_COLUMNS && !UNBREAKABLE.test(line))
        found.push({ path, line: index + 1, rule: "line length", message: `${line.length} columns` });
  }
  for (const { path, functions } of project.sources.values()) {
    if (isTest(path) || TABLE.test(path)) continue;
    for (const { name, line, lines } of functions)
      if (lines > MOST_LINES_OF_FUNCTION)
        found.push({ path, line, rule: "function length", message: `${name} has ${lines} lines` });
  }
  return found;
}

/** Time, chance and the environment come through the kernel and the configuration. */
const ACTS: readonly { readonly act: RegExp; readonly allowed: RegExp; readonly instead: string }[] = [
  { act: /^(Date\.now|new Date)$/, allowed: /^src\/kernel\//, instead: "take the Clock" },
  {
    act: /^((globalThis|timers)\.)?(setTimeout|setInterval)$/,
    allowed: /^src\/kernel\//,
    instead: "take the Clock",
  },
  {
    act: /^(Math\.random|(crypto\.)?(randomUUID|randomBytes|randomInt))$/,
    allowed: /^src\/kernel\//,
    instead: "take the Ids",
  },
  { act: /^throw Error$/, allowed: /^$/, instead: "throw a Fault, or a UserError" },
  {
    act: /^process\.env$/,
    allowed: /^src\/(config\.ts|cli\/|compute\/|projects\/tools\.ts)/,
    instead: "take it from the configuration",
  },
];

export function checkActs(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const { path, acts } of project.sources.values()) {
    if (isTest(path)) {
      for (const { text, line } of acts)
        if (path.endsWith(".test.ts") && /^(setTimeout|setInterval)$/.test(text))
          found.push({ path, line, rule: "no sleeping tests", message: `${text}: turn the clock` });
      continue;
    }
    if (!path.startsWith("src/")) continue;
    for (const { text, line } of acts) {
      const ban = ACTS.find(({ act }) => act.test(text));
      if (ban && !ban.allowed.test(path))
        found.push({ path, line, rule: "kernel only", message: `${text}: ${ban.instead}` });
    }
  }
  return found;
}

const FORBIDDEN_NAMES = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "shared",
  "misc",
  "manager",
]);

export function checkNames(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const path of project.texts.keys()) {
    const word = path.split(/[/.-]/).find((each) => FORBIDDEN_NAMES.has(each));
    if (word)
      found.push({ path, line: 1, rule: "names", message: `"${word}" says nothing: name what it is` });
  }
  return found;
}

const MARKS = /\bT[O]DO\b|\bF[I]XME\b/;
const OUTSIDE = /\.\.\/share[d]\b/;

export function checkMarks(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const [path, text] of project.texts)
    for (const [index, content] of text.split("\n").entries()) {
      const line = index + 1;
      if (MARKS.test(content))
        found.push({ path, line, rule: "no marks", message: "do it, or write down why not in an issue" });
      if (OUTSIDE.test(content) && path !== ".ci/run")
        found.push({
          path,
          line,
          rule: "self-contained",
          message: "the project knows nothing outside itself",
        });
    }
  return found;
}

const MARKUP = /<\?xml|<\/[A-Za-z]|xmlns=/;
/** AWS's event shapes name two headers; they are data there. */
const HEADER =
  /^(content-(type|length|md5|encoding)|authorization|etag|x-amz-(?!request-id$|id-2$)[a-z0-9-]+|x-amzn-[a-z-]+)$/;
const STATUS = /^(status|statusCode|httpStatus|httpStatusCode)$/;

/** Here a service answers its users' own requests: that is HTTP, and its to say. */
const SPEAKS_HTTP = /^src\/services\/(?:apigateway|lambda\/urls)\//;

/** The wire comes from the schemas: a service names no header, markup or status. */
export function checkWire(project: Project): Violation[] {
  const found: Violation[] = [];
  for (const { path, strings, numbers } of project.sources.values()) {
    if (!/^src\/services\/[^/]+\//.test(path) || SPEAKS_HTTP.test(path) || isTest(path)) continue;
    for (const { text, line } of strings) {
      if (MARKUP.test(text)) found.push({ path, line, rule: "no wire", message: "markup in a service" });
      if (HEADER.test(text))
        found.push({ path, line, rule: "no wire", message: `the header ${text} in a service` });
    }
    for (const { name, value, line } of numbers)
      if (STATUS.test(name) && value >= 100 && value < 600 && !path.endsWith("/faults.ts"))
        found.push({ path, line, rule: "no wire", message: `the status ${value} outside faults.ts` });
  }
  return found;
}

/** Every room has its one line in ARCHITECTURE.md, and every line its room. */
export function checkRooms(project: Project): Violation[] {
  const path = "ARCHITECTURE.md";
  const rooms = new Set<string>();
  for (const file of project.texts.keys()) {
    const room = /^(src\/[^/]+|(?!src\/)[^/.][^/]*)\//.exec(file)?.[1];
    if (room) rooms.add(room);
  }
  const found: Violation[] = [];
  const listed = new Map<string, number>();
  for (const [index, content] of (project.texts.get(path) ?? "").split("\n").entries()) {
    const room = /^\| `([^`]+)` \|/.exec(content)?.[1];
    if (!room) continue;
    const line = index + 1;
    if (listed.has(room)) found.push({ path, line, rule: "rooms", message: `${room} is listed twice` });
    listed.set(room, line);
    if (!rooms.has(room)) found.push({ path, line, rule: "rooms", message: `there is no ${room}` });
  }
  for (const room of rooms)
    if (!listed.has(room)) found.push({ path, line: 1, rule: "rooms", message: `${room} has no line` });
  return found;
}
