import { readExpression, readReference } from "./expressions.ts";
import type { Branch, Expression, Node } from "./nodes.ts";
import { Scanner } from "./scanner.ts";

const DIRECTIVE = /#(?:\{[A-Za-z][A-Za-z0-9_]*\}|[A-Za-z][A-Za-z0-9_]*)/y;
/** What ends a body that is being read. */
type Ending = "elseif" | "else" | "end";

/** Reads a template. Throws a TemplateError with the place. */
export function readTemplate(text: string): readonly Node[] {
  return new Reader(text).all();
}

/** Reads nodes one after another; a directive alone on its line takes the line with it. */
class Reader {
  readonly #scanner: Scanner;
  #ending: Ending | undefined;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  all(): readonly Node[] {
    const nodes = this.#body();
    if (this.#ending !== undefined) this.#scanner.fail(`#${this.#ending} ends nothing`);
    return nodes;
  }

  /** Up to the end of the text, or to what ends the body, which is then in `#ending`. */
  #body(): Node[] {
    const nodes: Node[] = [];
    let text = "";
    const flush = () => {
      if (text !== "") nodes.push({ kind: "text", text });
      text = "";
    };
    this.#ending = undefined;
    while (!this.#scanner.ended) {
      const plain = this.#scanner.match(/[^#$\\]+/y);
      if (plain !== undefined) {
        text += plain;
        continue;
      }
      const literal = this.#literal();
      if (literal !== undefined) {
        text += literal;
        continue;
      }
      const node = this.#special(() => {
        text = withoutIndent(text);
      });
      if (node === undefined && this.#ending === undefined) text += this.#next();
      else flush();
      if (this.#ending !== undefined) return nodes;
      if (node) nodes.push(node);
    }
    flush();
    return nodes;
  }

  #next(): string {
    const character = this.#scanner.peek();
    this.#scanner.at++;
    return character;
  }

  /** Comments, what is not to be read, and escaped signs: the text that they leave. */
  #literal(): string | undefined {
    const scanner = this.#scanner;
    if (scanner.match(/##[^\n]*\n?/y) !== undefined) return "";
    if (scanner.startsWith("#*")) {
      if (scanner.match(/#\*.*?\*#/sy) === undefined) scanner.fail("A comment does not end");
      return "";
    }
    const unread = scanner.match(/#\[\[.*?\]\]#/sy);
    if (unread !== undefined) return unread.slice(3, -3);
    if (scanner.peek() === "\\" && /[$#]/.test(scanner.peek(1))) {
      scanner.at++;
      return this.#next();
    }
    return undefined;
  }

  /** A reference or a directive, or undefined when the sign stands for itself. */
  #special(alone: () => void): Node | undefined {
    const scanner = this.#scanner;
    if (scanner.peek() === "$") {
      const reference = readReference(scanner);
      return reference && { kind: "print", reference };
    }
    if (scanner.peek() !== "#") return undefined;
    const start = scanner.at;
    const name = /[A-Za-z][A-Za-z0-9_]*/.exec(scanner.match(DIRECTIVE) ?? "")?.[0];
    if (name === undefined) return undefined;
    const node = this.#directive(name, start);
    if (node === undefined && this.#ending === undefined) scanner.at = start;
    else if (node?.kind !== "call" && this.#isFirst(start)) {
      // What follows an ending is for whoever began.
      if (this.#ending !== undefined || scanner.match(/[ \t]*(?:\r?\n|$)/y) !== undefined) alone();
    }
    return node;
  }

  /** Whether nothing but blanks stands before a place on its line. */
  #isFirst(at: number): boolean {
    const { text } = this.#scanner;
    return !/\S/.test(text.slice(at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1, at));
  }

  #directive(name: string, start: number): Node | undefined {
    switch (name) {
      case "set":
        return this.#set();
      case "if":
        return this.#if();
      case "foreach":
        return this.#foreach();
      case "macro":
        return this.#macro();
      case "define":
        return this.#define();
      case "break":
      case "stop":
        return { kind: name };
      case "elseif":
      case "else":
      case "end":
        this.#ending = name;
        return undefined;
      default:
        return this.#call(name, start);
    }
  }

  #set(): Node {
    const scanner = this.#scanner;
    this.#open();
    const target = scanner.peek() === "$" ? readReference(scanner) : undefined;
    if (!target) return scanner.fail("#set takes a reference");
    scanner.skipSpace();
    scanner.expect("=");
    const value = readExpression(scanner);
    this.#close();
    return { kind: "set", target, value };
  }

  #if(): Node {
    const branches: Branch[] = [];
    let condition = this.#condition();
    for (;;) {
      this.#takeLine();
      const body = this.#body();
      branches.push({ condition, body });
      const ending: Ending | undefined = this.#ending;
      if (ending === "elseif") condition = this.#condition();
      else if (ending === "else") {
        this.#takeLine();
        const otherwise = this.#body();
        this.#ended("#if");
        return { kind: "if", branches, otherwise };
      } else {
        this.#ended("#if");
        return { kind: "if", branches, otherwise: [] };
      }
    }
  }

  #condition(): Expression {
    this.#open();
    const condition = readExpression(this.#scanner);
    this.#close();
    return condition;
  }

  #foreach(): Node {
    const scanner = this.#scanner;
    this.#open();
    const item = scanner.peek() === "$" ? readReference(scanner) : undefined;
    if (!item || item.steps.length > 0) return scanner.fail("#foreach takes a name");
    scanner.skipSpace();
    if (scanner.match(/in\b/y) === undefined) return scanner.fail('"in" is missing');
    const list = readExpression(scanner);
    this.#close();
    return { kind: "foreach", name: item.name, list, body: this.#block("#foreach") };
  }

  #macro(): Node {
    const scanner = this.#scanner;
    this.#open();
    const name = scanner.match(/[A-Za-z][A-Za-z0-9_]*/y);
    if (name === undefined) return scanner.fail("#macro takes a name");
    const parameters: string[] = [];
    for (;;) {
      scanner.match(/[\s,]*/y);
      if (scanner.peek() !== "$") break;
      const parameter = readReference(scanner);
      if (!parameter) return scanner.fail("A parameter is missing");
      parameters.push(parameter.name);
    }
    this.#close();
    return { kind: "macro", name, macro: { parameters, body: this.#block("#macro") } };
  }

  #define(): Node {
    this.#open();
    const target = this.#scanner.peek() === "$" ? readReference(this.#scanner) : undefined;
    if (!target) return this.#scanner.fail("#define takes a name");
    this.#close();
    return { kind: "define", name: target.name, body: this.#block("#define") };
  }

  /** `#name(a b)`: a macro's, where there is one; else it is text. */
  #call(name: string, start: number): Node | undefined {
    const scanner = this.#scanner;
    if (!scanner.take("(")) return undefined;
    const args: Expression[] = [];
    for (;;) {
      scanner.match(/[\s,]*/y);
      if (scanner.take(")")) break;
      if (scanner.ended) return undefined;
      args.push(readExpression(scanner));
    }
    return { kind: "call", name, args, source: scanner.text.slice(start, scanner.at) };
  }

  #block(what: string): readonly Node[] {
    this.#takeLine();
    const body = this.#body();
    this.#ended(what);
    return body;
  }

  #ended(what: string): void {
    if (this.#ending !== "end") this.#scanner.fail(`${what} has no #end`);
    this.#ending = undefined;
  }

  /** The line break right behind a directive that opens a body is no part of the body. */
  #takeLine(): void {
    this.#scanner.match(/[ \t]*\r?\n/y);
  }

  #open(): void {
    this.#scanner.skipSpace();
    this.#scanner.expect("(");
    this.#scanner.skipSpace();
  }

  #close(): void {
    this.#scanner.skipSpace();
    this.#scanner.expect(")");
  }
}

/** Without the blanks that stand before a directive on its line. */
function withoutIndent(text: string): string {
  return text.replace(/(^|\n)[ \t]*$/, "$1");
}
