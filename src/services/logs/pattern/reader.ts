import { PatternProblem } from "./problem.ts";
import { compileExpression } from "./regex.ts";

/** Reads a pattern's text from left to right. */
export class Reader {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  space(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  /** Takes a text when it comes next, after white space. */
  takes(text: string): boolean {
    this.space();
    if (!this.text.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** Takes what an expression with the flag `y` finds here, after white space. */
  match(expression: RegExp): RegExpExecArray | undefined {
    this.space();
    expression.lastIndex = this.at;
    const found = expression.exec(this.text) ?? undefined;
    if (found) this.at = expression.lastIndex;
    return found;
  }

  expect(text: string): void {
    if (!this.takes(text)) this.fail(`expected ${text}`);
  }

  fail(reason: string): never {
    throw new PatternProblem(`${reason} at character ${this.at + 1}`);
  }

  /** A text in quotation marks; a backslash takes the next character as it is. Undefined for none. */
  quoted(): string | undefined {
    const found = this.match(/"((?:[^"\\]|\\.)*)"/sy);
    return found && (found[1] ?? "").replaceAll(/\\(.)/gs, "$1");
  }

  /** A regular expression between percent signs; undefined for none. */
  expression(): RegExp | undefined {
    const found = this.match(/%([^%]*)%/y);
    return found && compileExpression(found[1] ?? "");
  }
}
