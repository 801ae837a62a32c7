// What the rules look at: every text file of the project, and for TypeScript and JavaScript its facts,
// read from the compiler's syntax tree.
import { readdirSync, readFileSync } from "node:fs";
import { extname, join, posix, relative } from "node:path";
import {
  isArrowFunction,
  isCallExpression,
  isClassDeclaration,
  isConstructorDeclaration,
  isEnumDeclaration,
  isExportAssignment,
  isExportDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isInterfaceDeclaration,
  isLiteralTypeNode,
  isMethodDeclaration,
  isNamedExports,
  isNamedImports,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isNumericLiteral,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isThrowStatement,
  isTypeAliasDeclaration,
  isVariableStatement,
  type Node,
  type SourceFile,
  SyntaxKind,
} from "typescript/unstable/ast";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";

export interface Project {
  /** Every text file by its path from the project's top, with forward slashes. */
  readonly texts: ReadonlyMap<string, string>;
  readonly sources: ReadonlyMap<string, Source>;
}

/** Facts of one TypeScript or JavaScript file. Lines count from 1. */
export interface Source {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
  /** Calls, uses of `process.env` and `throw new …`, as written: `Date.now`, `throw Error`. */
  readonly acts: readonly { readonly text: string; readonly line: number }[];
  readonly strings: readonly { readonly text: string; readonly line: number }[];
  /** Properties with a number: `status: 404`. */
  readonly numbers: readonly { readonly name: string; readonly value: number; readonly line: number }[];
}

export interface Import {
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** The project's file it leads to, where it is relative. */
  readonly path: string | undefined;
  /** Names taken; `*` for all. */
  readonly names: readonly string[];
  /** `export … from`. */
  readonly passesOn: boolean;
}

export interface Export {
  readonly name: string;
  readonly line: number;
  readonly isType: boolean;
  /** The file itself uses it, besides declaring it. */
  readonly usedInside: boolean;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

const TOOLS = [".git", ".nuage", ".tools", ".venv"];
const SKIPPED = new Set(["node_modules", "dist", ...TOOLS, "__pycache__", "coverage"]);
const TEXT = new Set([
  ".ts",
  ".mjs",
  ".js",
  ".cjs",
  ".json",
  ".md",
  ".py",
  ".sh",
  ".css",
  ".html",
  ".yml",
  "",
]);
const CODE = new Set([".ts", ".mjs", ".js", ".cjs"]);

/** Reads a project from disk. */
export function readProject(root: string): Project {
  const texts: Record<string, string> = {};
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && TEXT.has(extname(entry.name)) && entry.name !== "package-lock.json")
        texts[relative(root, path).replaceAll("\\", "/")] = readFileSync(path, "utf8");
    }
  };
  walk(root);
  return parseProject(texts);
}

/** Parses a project given as texts by path. */
export function parseProject(texts: Readonly<Record<string, string>>): Project {
  const code = Object.keys(texts).filter((path) => CODE.has(extname(path)));
  const config = JSON.stringify({
    compilerOptions: { noLib: true, noResolve: true, allowJs: true, types: [], target: "esnext" },
    files: code,
  });
  const files: Record<string, string> = { "/project/tsconfig.json": config };
  for (const path of code) files[`/project/${path}`] = texts[path] ?? "";
  const api = new API({ cwd: "/project", fs: createVirtualFileSystem(files) });
  try {
    const snapshot = api.updateSnapshot({ openProjects: ["/project/tsconfig.json"] });
    const program = snapshot.getProject("/project/tsconfig.json")?.program;
    const sources = new Map<string, Source>();
    for (const path of code) {
      const file = program?.getSourceFile(`/project/${path}`);
      if (!file) throw new Error(`the compiler did not read ${path}`);
      sources.set(path, readSource(path, file));
    }
    return { texts: new Map(Object.entries(texts)), sources };
  } finally {
    api.close();
  }
}

type Facts = { [Name in keyof Source]: Source[Name] extends readonly (infer Item)[] ? Item[] : Source[Name] };

function readSource(path: string, file: SourceFile): Source {
  const facts: Facts = { path, imports: [], exports: [], functions: [], acts: [], strings: [], numbers: [] };
  const counts = new Map<string, number>();
  const lineOf = (node: Node) => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
  const visit = (node: Node): void => {
    if (isIdentifier(node)) counts.set(node.text, (counts.get(node.text) ?? 0) + 1);
    noteImport(facts, node, lineOf(node));
    noteFunction(facts, node, lineOf(node), file);
    noteAct(facts, node, lineOf(node), file);
    noteLiteral(facts, node, lineOf(node));
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  for (const statement of file.statements) noteExport(facts, statement, lineOf(statement), counts);
  return facts;
}

function noteImport(facts: Facts, node: Node, line: number): void {
  const add = (specifier: Node | undefined, names: readonly string[], passesOn = false) => {
    if (!specifier || !(isStringLiteral(specifier) || isNoSubstitutionTemplateLiteral(specifier))) return;
    const text = specifier.text;
    const path = text.startsWith(".") ? posix.join(posix.dirname(facts.path), text) : undefined;
    facts.imports.push({ line, specifier: text, path, names, passesOn });
  };
  if (isImportDeclaration(node)) {
    const clause = node.importClause;
    const bindings = clause?.namedBindings;
    const names = clause?.name ? ["default"] : [];
    if (bindings && isNamedImports(bindings))
      for (const element of bindings.elements) names.push((element.propertyName ?? element.name).text);
    else if (bindings) names.push("*");
    add(node.moduleSpecifier, names);
  } else if (isExportDeclaration(node) && node.moduleSpecifier) {
    const clause = node.exportClause;
    if (clause && isNamedExports(clause))
      add(
        node.moduleSpecifier,
        clause.elements.map((each) => (each.propertyName ?? each.name).text),
        true,
      );
    else add(node.moduleSpecifier, ["*"], true);
  } else if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword)
    add(node.arguments[0], ["*"]);
  else if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) add(node.argument.literal, ["*"]);
  else if (isNewExpression(node) && isIdentifier(node.expression) && node.expression.text === "URL")
    add(node.arguments?.[0], ["*"]);
}

function noteFunction(facts: Facts, node: Node, line: number, file: SourceFile): void {
  const named = isFunctionDeclaration(node) || isMethodDeclaration(node) || isGetAccessorDeclaration(node);
  const other = isArrowFunction(node) || isFunctionExpression(node) || isConstructorDeclaration(node);
  if (!named && !other) return;
  const last = file.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
  const name = named && node.name ? node.name.getText(file) : "function";
  facts.functions.push({ name, line, lines: last - line + 1 });
}

function noteAct(facts: Facts, node: Node, line: number, file: SourceFile): void {
  const isNewError = (each: Node | undefined) =>
    each && isNewExpression(each) && isIdentifier(each.expression) && each.expression.text === "Error";
  if (isThrowStatement(node)) {
    if (isNewError(node.expression)) facts.acts.push({ text: "throw Error", line });
  } else if (isCallExpression(node)) {
    const text = node.expression.getText(file);
    facts.acts.push({ text, line });
    if (/(^|\.)reject$/.test(text) && isNewError(node.arguments[0]))
      facts.acts.push({ text: "throw Error", line });
  } else if (isNewExpression(node)) {
    const text = node.expression.getText(file);
    if (text === "Date" && !node.arguments?.length) facts.acts.push({ text: "new Date", line });
  } else if (isPropertyAccessExpression(node) && node.getText(file) === "process.env")
    facts.acts.push({ text: "process.env", line });
}

function noteLiteral(facts: Facts, node: Node, line: number): void {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node))
    facts.strings.push({ text: node.text, line });
  else if (isTemplateExpression(node)) {
    facts.strings.push({ text: node.head.text, line });
    for (const span of node.templateSpans) facts.strings.push({ text: span.literal.text, line });
  } else if (isPropertyAssignment(node) && isNumericLiteral(node.initializer) && isIdentifier(node.name))
    facts.numbers.push({ name: node.name.text, value: Number(node.initializer.text), line });
}

function noteExport(facts: Facts, node: Node, line: number, counts: ReadonlyMap<string, number>): void {
  const add = (name: string, isType: boolean): void => {
    facts.exports.push({ name, line, isType, usedInside: (counts.get(name) ?? 0) > 1 });
  };
  if (isExportAssignment(node)) {
    add("default", false);
    return;
  }
  if (isExportDeclaration(node)) {
    const clause = node.exportClause;
    if (clause && isNamedExports(clause))
      for (const each of clause.elements) add(each.name.text, node.isTypeOnly);
    return;
  }
  const declared = isFunctionDeclaration(node) || isClassDeclaration(node) || isEnumDeclaration(node);
  const type = isInterfaceDeclaration(node) || isTypeAliasDeclaration(node);
  if (!declared && !type && !isVariableStatement(node)) return;
  const modifiers = node.modifiers ?? [];
  if (!modifiers.some((each) => each.kind === SyntaxKind.ExportKeyword)) return;
  if (modifiers.some((each) => each.kind === SyntaxKind.DefaultKeyword)) add("default", false);
  else if (isVariableStatement(node)) {
    for (const each of node.declarationList.declarations)
      if (isIdentifier(each.name)) add(each.name.text, false);
  } else if (node.name) add(node.name.text, type);
}
