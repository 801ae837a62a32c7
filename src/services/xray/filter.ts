// Filter expressions: parsed once, then asked of each trace. Pure.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
import { invalid } from "./faults.ts";
import type { TraceView } from "./views.ts";

export type Filter = (trace: TraceView) => boolean;

type Token = { readonly kind: "word" | "text" | "number" | "sign"; readonly text: string };

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(\d+(?:\.\d+)?)|(<=|>=|!=|&&|\|\||[=<>!(){},:[\]])|([A-Za-z_][\w.]*))/y;

/** Throws InvalidRequestException for what is no expression. */
export function parseFilter(expression: string): Filter {
  const tokens = tokensOf(expression);
  const parser = new Parser(tokens);
  const filter = parser.either();
  parser.end();
  return filter;
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const found = TOKEN.exec(expression);
    if (!found) throw wrong(expression);
    const [, text, number, sign, word] = found;
    if (text !== undefined) tokens.push({ kind: "text", text: JSON.parse(text) as string });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else tokens.push({ kind: "word", text: word ?? "" });
  }
  return tokens;
}

const wrong = (what: string) => invalid(`Invalid filter expression: ${what}`);

type Value = string | number | boolean | undefined;

const FLAGS: Readonly<Record<string, (trace: TraceView) => boolean>> = {
  ok: ({ fault, error, throttle }) => !fault && !error && !throttle,
  error: ({ error }) => error,
  fault: ({ fault }) => fault,
  throttle: ({ throttle }) => throttle,
  partial: ({ partial }) => partial,
  inferred: ({ services }) => services.some(({ isInferred }) => isInferred),
  remote: ({ kinds }) => kinds.includes("remote"),
  root: ({ services }) => services.some(({ isRoot }) => isRoot),
};

const VALUES: Readonly<Record<string, (trace: TraceView) => Value | readonly Value[]>> = {
  duration: ({ durationMs }) => durationMs / 1000,
  responsetime: ({ responseMs }) => responseMs / 1000,
  "http.status": ({ http }) => http.status,
  "http.url": ({ http }) => http.url,
  "http.method": ({ http }) => http.method,
  "http.useragent": ({ http }) => http.userAgent,
  "http.clientip": ({ http }) => http.clientIp,
  user: ({ users }) => users,
  "resource.arn": ({ resources }) => resources,
  name: ({ names }) => names,
  type: ({ kinds }) => kinds,
  message: ({ messages }) => messages,
  "instance.id": ({ instances }) => instances,
  availabilityzone: ({ zones }) => zones,
};

class Parser {
  #at = 0;
  readonly #tokens: readonly Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw wrong(this.#peek()?.text ?? "");
  }

  either(): Filter {
    let filter = this.#both();
    while (this.#takes("||") || this.#takesWord("OR")) {
      const one = filter;
      const other = this.#both();
      filter = (trace) => one(trace) || other(trace);
    }
    return filter;
  }

  #both(): Filter {
    let filter = this.#one();
    while (this.#takes("&&") || this.#takesWord("AND")) {
      const one = filter;
      const other = this.#one();
      filter = (trace) => one(trace) && other(trace);
    }
    return filter;
  }

  #one(): Filter {
    if (this.#takes("!") || this.#takesWord("NOT")) {
      const inner = this.#one();
      return (trace) => !inner(trace);
    }
    if (this.#takes("(")) {
      const inner = this.either();
      this.#expect(")");
      return inner;
    }
    const token = this.#next();
    if (token?.kind !== "word") throw wrong(token?.text ?? "it ends too early");
    const name = token.text.toLowerCase();
    if (name === "service") return this.#service();
    if (name === "edge") return this.#edge();
    if (name === "annotation" || name.startsWith("annotation.")) return this.#annotation(token.text);
    const flag = FLAGS[name];
    if (flag) {
      if (!this.#takes("=")) return flag;
      const wanted = this.#next()?.text.toLowerCase() === "true";
      return (trace) => flag(trace) === wanted;
    }
    const value = VALUES[name];
    if (!value) throw wrong(token.text);
    return this.#comparison(value);
  }

  /** `annotation.key` or `annotation[key]`; alone it asks whether there is one. */
  #annotation(word: string): Filter {
    let key = word.slice("annotation.".length);
    if (this.#takes("[")) {
      key = this.#next()?.text ?? "";
      this.#expect("]");
    }
    const values = (trace: TraceView) => trace.annotations[key] ?? [];
    const follows = this.#peek();
    const compares = follows?.kind === "sign" ? /^(=|!=|<|<=|>|>=)$/ : /^(CONTAINS|BEGINSWITH|ENDSWITH)$/i;
    return follows && compares.test(follows.text)
      ? this.#comparison(values)
      : (trace) => values(trace).length > 0;
  }

  /** `service("name")`, with conditions of its own between braces. */
  #service(): Filter {
    const named = this.#names();
    const inner = this.#braces();
    return (trace) =>
      trace.services.some(
        (service) => named(service.name, service.kind) && inner({ ...service.view, services: [service] }),
      );
  }

  /** `edge("from", "to")`. */
  #edge(): Filter {
    this.#expect("(");
    const from = this.#id();
    this.#expect(",");
    const to = this.#id();
    this.#expect(")");
    const inner = this.#braces();
    return (trace) =>
      trace.edges.some(
        (edge) => from(edge.from, "") && to(edge.to.name, edge.to.kind) && inner(edge.to.view),
      );
  }

  #names(): (name: string, kind: string) => boolean {
    if (!this.#takes("(")) return () => true;
    if (this.#takes(")")) return () => true;
    const named = this.#id();
    this.#expect(")");
    return named;
  }

  /** `"name"` or `id(name: "name", type: "AWS::Lambda")`. */
  #id(): (name: string, kind: string) => boolean {
    const token = this.#next();
    if (token?.kind === "text") return (name) => name === token.text;
    if (token?.text !== "id") throw wrong(token?.text ?? "a name is missing");
    this.#expect("(");
    const wanted: Record<string, string> = {};
    do {
      const key = this.#next()?.text ?? "";
      this.#expect(":");
      wanted[key] = this.#next()?.text ?? "";
    } while (this.#takes(","));
    this.#expect(")");
    return (name, kind) =>
      (wanted.name === undefined || wanted.name === name) &&
      (wanted.type === undefined || wanted.type === kind);
  }

  #braces(): Filter {
    if (!this.#takes("{")) return () => true;
    const inner = this.either();
    this.#expect("}");
    return inner;
  }

  #comparison(read: (trace: TraceView) => Value | readonly Value[]): Filter {
    const operator = this.#next()?.text.toUpperCase() ?? "";
    const holds = OPERATORS[operator];
    const operand = this.#next();
    if (!holds || !operand || operand.kind === "sign") throw wrong(operator);
    const wanted =
      operand.kind === "number"
        ? Number(operand.text)
        : operand.kind === "word"
          ? operand.text === "true"
          : operand.text;
    return (trace) => {
      const value = read(trace);
      const all = Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
      return all.some((each) => each !== undefined && holds(each, wanted));
    };
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  #takes(sign: string): boolean {
    const token = this.#peek();
    if (token?.kind !== "sign" || token.text !== sign) return false;
    this.#at++;
    return true;
  }

  #takesWord(word: string): boolean {
    const token = this.#peek();
    if (token?.kind !== "word" || token.text.toUpperCase() !== word) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw wrong(`"${sign}" is missing`);
  }
}

type Known = string | number | boolean;

const OPERATORS: Readonly<Record<string, (value: Known, wanted: Known) => boolean>> = {
  "=": (value, wanted) => value === wanted || String(value) === String(wanted),
  "!=": (value, wanted) => String(value) !== String(wanted),
  "<": (value, wanted) => Number(value) < Number(wanted),
  "<=": (value, wanted) => Number(value) <= Number(wanted),
  ">": (value, wanted) => Number(value) > Number(wanted),
  ">=": (value, wanted) => Number(value) >= Number(wanted),
  CONTAINS: (value, wanted) => String(value).includes(String(wanted)),
  BEGINSWITH: (value, wanted) => String(value).startsWith(String(wanted)),
  ENDSWITH: (value, wanted) => String(value).endsWith(String(wanted)),
};
