// Who may import whom, and what nobody needs.
import { isBuiltin } from "node:module";
import type { Import, Project, Violation } from "./project.ts";

/** The rooms of src, and the rooms each may import from besides itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  "config.ts": ["kernel", "store"],
  store: ["kernel"],
  blobs: ["kernel"],
  compute: ["kernel"],
  chaos: ["kernel"],
  observe: ["kernel"],
  protocol: ["kernel"],
  gateway: ["protocol", "kernel"],
  patterns: ["kernel"],
  services: ["store", "blobs", "patterns", "deploy", "kernel"],
  sources: ["kernel", "store", "patterns", "observe"],
  delivery: ["kernel", "store", "observe"],
  deploy: ["kernel"],
  projects: ["deploy", "kernel"],
  console: ["kernel", "store", "observe"],
  cost: ["kernel", "store", "observe"],
};
/** What stands beside the services for all of them. */
const FOR_SERVICES = new Set(
  [
    "api-destination",
    "define",
    "log-target",
    "property-input",
    "proxy-event",
    "response-prelude",
    "resource-types",
    "scaling-signals",
    "sender-policy",
    "stack-tags",
    "target-forms",
    "target-retries",
    "targets",
  ].map((name) => `src/services/${name}.ts`),
);
/** These may import everything: they stand on top. */
const PLATFORM = /^platform(-[a-z]+)?\.ts$/;
const TOP = new Set(["cli", "testing"]);

/** Packages and built-in modules, and the only files of src that may import them. */
const GUARDED: readonly { readonly module: RegExp; readonly allowed: RegExp }[] = [
  { module: /^(node:)?child_process$/, allowed: /^src\/(compute\/|cli\/|projects\/tools\.ts$)/ },
  {
    module: /^(node:)?(http|https|http2)$/,
    allowed: /^src\/(gateway|compute|cli|testing|services\/apigateway\/execution)\//,
  },
  { module: /^lmdb$/, allowed: /^src\/store\/drivers\/lmdb[a-z-]*\.ts$/ },
  { module: /^pg$/, allowed: /^src\/(store|blobs)\/drivers\/postgres[a-z-]*\.ts$/ },
  { module: /^@duckdb\//, allowed: /^src\/observe\/(thread|duckdb)[a-z-]*\.ts$/ },
  { module: /^@aws-sdk\/core|^@smithy\/(?!signature-v4)/, allowed: /^src\/(protocol|gateway|testing|cli)\// },
];

const ENTRIES =
  /^(src\/(cli\/main|testing\/index|observe\/thread|services\/s3\/sums-thread)\.ts|(scripts|bench|runtimes|examples)\/|[^/]+$)/;
/** Test code, and what exists for tests only: it may use everything and keeps nothing alive. */
const TEST = /\.test\.ts$|^test\/|(^|\/)[a-z.-]*(conformance|hostile|fixture)[a-z-]*(\.ts$|\/)/;

export function isTest(path: string): boolean {
  return TEST.test(path);
}

const roomOf = (path: string) => /^src\/([^/]+)/.exec(path)?.[1] ?? "";

export function checkArrows(project: Project): Violation[] {
  return eachImport(project, (path, each) => {
    if (!each.path || !path.startsWith("src/") || isTest(path)) return undefined;
    if (!each.path.startsWith("src/")) {
      const isRuntime = path.startsWith("src/compute/") && each.path.startsWith("runtimes/");
      return isRuntime || each.path === "package.json" ? undefined : `src imports ${each.path}`;
    }
    const from = roomOf(path);
    const to = roomOf(each.path);
    if (TOP.has(from) || PLATFORM.test(from)) return undefined;
    const service = /^src\/services\/([^/]+)\//.exec(path)?.[1];
    const otherService = /^src\/services\/([^/]+)\//.exec(each.path)?.[1];
    if (service && to === "services" && otherService !== service && !FOR_SERVICES.has(each.path))
      return `services/${service} may not import ${each.path}`;
    if (from === to || ARROWS[from]?.includes(to)) return undefined;
    return `${from} may not import ${to} (${each.specifier})`;
  }).map((each) => ({ ...each, rule: "arrows" }));
}

export function checkGuardedModules(project: Project): Violation[] {
  const manifest = JSON.parse(project.texts.get("package.json") ?? "{}");
  const shipped = new Set(Object.keys(manifest.dependencies ?? {}));
  return eachImport(project, (path, each) => {
    if (!path.startsWith("src/") || isTest(path)) return undefined;
    const guard = GUARDED.find(({ module }) => module.test(each.specifier));
    const name = /^(@[^/]+\/)?[^/]+/.exec(each.specifier)?.[0] ?? "";
    if (!each.path && !isBuiltin(name) && !shipped.has(name)) return `${name} is not among the dependencies`;
    return guard && !guard.allowed.test(path) ? `${each.specifier} has its place elsewhere` : undefined;
  }).map((each) => ({ ...each, rule: "modules" }));
}

export function checkBarrels(project: Project): Violation[] {
  return eachImport(project, (_, each) =>
    each.passesOn && each.names.includes("*") ? `export * from "${each.specifier}"` : undefined,
  ).map((each) => ({ ...each, rule: "no export *" }));
}

function eachImport(
  project: Project,
  judge: (path: string, each: Import) => string | undefined,
): Violation[] {
  const found: Violation[] = [];
  for (const { path, imports } of project.sources.values())
    for (const each of imports) {
      const message = judge(path, each);
      if (message) found.push({ path, line: each.line, rule: "imports", message });
    }
  return found;
}

/** Each cycle is told once, from the first of its files that the walk met. */
export function checkCycles(project: Project): Violation[] {
  const found: Violation[] = [];
  const done = new Set<string>();
  const stack: string[] = [];
  const visit = (path: string) => {
    if (stack.includes(path)) {
      const cycle = [...stack.slice(stack.indexOf(path)), path];
      found.push({ path, line: 1, rule: "no cycles", message: cycle.join(" -> ") });
      return;
    }
    const source = project.sources.get(path);
    if (done.has(path) || !source) return;
    stack.push(path);
    for (const each of source.imports) if (each.path && each.path !== path) visit(each.path);
    stack.pop();
    done.add(path);
  };
  for (const path of project.sources.keys()) visit(path);
  return found;
}

/** Files that no entry point reaches. What only tests reach is dead too. */
export function checkDeadFiles(project: Project): Violation[] {
  const alive = new Set<string>();
  const visit = (path: string) => {
    if (alive.has(path)) return;
    alive.add(path);
    for (const each of project.sources.get(path)?.imports ?? []) if (each.path) visit(each.path);
  };
  for (const path of project.sources.keys()) if (ENTRIES.test(path) && !isTest(path)) visit(path);
  return [...project.sources.keys()]
    .filter((path) => !alive.has(path) && !isTest(path))
    .map((path) => ({ path, line: 1, rule: "no dead files", message: "no entry point imports it" }));
}

/**
 * Exports of src that nobody takes. A type that its own file uses is part of the shape of something else
 * it exports; a rule that its own file uses may be exported for its test.
 */
export function checkDeadExports(project: Project): Violation[] {
  const taken = new Set<string>();
  const tested = new Set<string>();
  for (const { path, imports } of project.sources.values())
    for (const each of imports)
      for (const name of each.names) (isTest(path) ? tested : taken).add(`${each.path} ${name}`);
  const found: Violation[] = [];
  for (const { path, exports } of project.sources.values()) {
    if (!path.startsWith("src/") || isTest(path) || ENTRIES.test(path) || path.startsWith("src/testing/"))
      continue;
    for (const { name, line, isType, usedInside } of exports) {
      if (taken.has(`${path} ${name}`) || taken.has(`${path} *`)) continue;
      if (usedInside && (isType || tested.has(`${path} ${name}`))) continue;
      found.push({ path, line, rule: "no dead exports", message: `nobody imports ${name}` });
    }
  }
  return found;
}
