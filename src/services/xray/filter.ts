// Filter expressions: parsed once, then asked of each trace. Pure.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html

import { elementsOf, isElementKind } from "./cause-elements.ts";
import { type Token, tokensOf, wrong } from "./filter-tokens.ts";
import { isCauseKind, matchesCause, type Shape, shapesOf } from "./root-causes.ts";
import type { ServiceView, TraceView } from "./views.ts";

export type Filter = (trace: TraceView) => boolean;

/** The expression of a group, by its name or ARN; undefined where there is no such group. */
export type GroupExpressions = (nameOrArn: string) => string | undefined;

const MOST_CHARACTERS = 2000;

/** Throws InvalidRequestException for what is no expression. */
export function parseFilter(expression: string, groups: GroupExpressions = () => ""): Filter {
  if (expression.length > MOST_CHARACTERS) throw wrong(`it has more than ${MOST_CHARACTERS} characters`);
  const parser = new Parser(tokensOf(expression), groups);
  const filter = parser.either();
  parser.end();
  return filter;
}

type Value = string | number | boolean | undefined;
type Read = (trace: TraceView) => Value | readonly Value[];
type Named = Pick<ServiceView, "name" | "kind" | "account">;

const FLAGS: Readonly<Record<string, (trace: TraceView) => boolean>> = {
  ok: ({ fault, error, throttle }) => !fault && !error && !throttle,
  error: ({ error }) => error,
  fault: ({ fault }) => fault,
  throttle: ({ throttle }) => throttle,
  partial: ({ partial }) => partial,
  inferred: ({ services, element }) =>
    element ? element.isInferred === true : services.some(({ isInferred }) => isInferred),
  remote: ({ kinds, element }) => (element ? element.isRemote === true : kinds.includes("remote")),
  first: ({ element }) => element?.isFirst === true,
  last: ({ element }) => element?.isLast === true,
  root: ({ services }) => services.some(({ isRoot }) => isRoot),
};

const VALUES: Readonly<Record<string, Read>> = {
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
  index: ({ element }) => element?.index,
  coverage: ({ element }) => element?.coverage,
};

const COMPARES = /^(=|!=|<|<=|>|>=)$/;
const COMPARES_TEXT = /^(CONTAINS|BEGINSWITH|ENDSWITH)$/i;

class Parser {
  #at = 0;
  readonly #tokens: readonly Token[];
  readonly #groups: GroupExpressions;

  constructor(tokens: readonly Token[], groups: GroupExpressions) {
    this.#tokens = tokens;
    this.#groups = groups;
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
    // `ok !partial` too: what stands side by side holds together.
    while (this.#takes("&&") || this.#takesWord("AND") || this.#begins()) {
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
    if (name.startsWith("rootcause.")) return this.#rootCause(name.split(".").slice(1));
    if (name === "group.name" || name === "group.arn") return this.#group();
    const flag = FLAGS[name];
    if (flag) {
      const isEqual = this.#takes("=");
      if (!isEqual && !this.#takes("!=")) return flag;
      const wanted = (this.#next()?.text.toLowerCase() === "true") === isEqual;
      return (trace) => flag(trace) === wanted;
    }
    const value = VALUES[name];
    if (!value) throw wrong(token.text);
    return this.#valued(value);
  }

  /** A comparison; alone it asks whether there is a value. */
  #valued(read: Read): Filter {
    const follows = this.#peek();
    const compares = follows?.kind === "sign" ? COMPARES : COMPARES_TEXT;
    if (follows && compares.test(follows.text)) return this.#comparison(read);
    return (trace) => [read(trace)].flat().some((each) => each !== undefined);
  }

  /** `rootcause.fault.service { last and name = "a" }`, or `rootcause.json = #[…]`. */
  #rootCause([kind = "", element = ""]: readonly string[]): Filter {
    if (kind === "json") return this.#shape();
    if (!isCauseKind(kind) || !isElementKind(element)) throw wrong(`rootcause.${kind}.${element}`);
    const inner = this.#braces();
    return (trace) => trace.causes[kind].some((cause) => elementsOf(cause, element, trace).some(inner));
  }

  #shape(): Filter {
    const isEqual = this.#takes("=");
    if (!isEqual) this.#expect("!=");
    const token = this.#next();
    const shapes: readonly Shape[] | undefined = token?.kind === "json" ? shapesOf(token.text) : undefined;
    if (!shapes) throw wrong(token?.text ?? "it ends too early");
    const holds = ({ causes }: TraceView) =>
      shapes.some((shape) =>
        Object.values(causes).some((all) => all.some((each) => matchesCause(each, shape))),
      );
    return (trace) => holds(trace) === isEqual;
  }

  #group(): Filter {
    const isEqual = this.#takes("=");
    if (!isEqual) this.#expect("!=");
    const named = this.#next()?.text ?? "";
    const expression = this.#groups(named);
    if (expression === undefined) throw wrong(`there is no group ${named}`);
    // A group of groups is none: what it names then is not looked at again.
    const within = expression === "" ? () => true : parseFilter(expression);
    return (trace) => within(trace) === isEqual;
  }

  /** `annotation.key` or `annotation[key]`; alone it asks whether there is one. */
  #annotation(word: string): Filter {
    let key = word.slice("annotation.".length);
    if (this.#takes("[")) {
      key = this.#next()?.text ?? "";
      this.#expect("]");
    }
    return this.#valued((trace) => trace.annotations[key] ?? []);
  }

  /** `service("name")`, with conditions of its own between braces. */
  #service(): Filter {
    const named = this.#names();
    const inner = this.#braces();
    return (trace) =>
      trace.services.some((service) => named(service) && inner({ ...service.view, services: [service] }));
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
        (edge) => from(edge.from) && to(edge.to) && inner({ ...edge.to.view, services: [edge.to] }),
      );
  }

  #names(): (named: Named) => boolean {
    if (!this.#takes("(")) return () => true;
    if (this.#takes(")")) return () => true;
    const named = this.#id();
    this.#expect(")");
    return named;
  }

  /** `"name"` or `id(name: "name", type: "AWS::Lambda", account.id: "000000000000")`. */
  #id(): (named: Named) => boolean {
    const token = this.#next();
    if (token?.kind === "text") return ({ name }) => name === token.text;
    if (token?.text !== "id") throw wrong(token?.text ?? "a name is missing");
    this.#expect("(");
    const wanted: Record<string, string> = {};
    do {
      const key = this.#next()?.text ?? "";
      this.#expect(":");
      wanted[key] = this.#next()?.text ?? "";
    } while (this.#takes(","));
    this.#expect(")");
    return ({ name, kind, account }) =>
      (wanted.name ?? name) === name &&
      (wanted.type ?? kind) === kind &&
      (wanted["account.id"] ?? account) === account;
  }

  #braces(): Filter {
    if (!this.#takes("{")) return () => true;
    const inner = this.either();
    this.#expect("}");
    return inner;
  }

  #comparison(read: Read): Filter {
    const operator = this.#next()?.text.toUpperCase() ?? "";
    const holds = OPERATORS[operator];
    const operand = this.#next();
    if (!holds || !operand || operand.kind === "sign") throw wrong(operator);
    const wanted =
      operand.kind === "number"
        ? Number(operand.text)
        : operand.kind === "word" && /^(true|false)$/i.test(operand.text)
          ? operand.text.toLowerCase() === "true"
          : operand.text;
    return (trace) => {
      const value = read(trace);
      const all = Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
      return all.some((each) => each !== undefined && holds(each, wanted));
    };
  }

  /** Whether another condition begins here. */
  #begins(): boolean {
    const token = this.#peek();
    if (token?.kind === "word") return token.text.toUpperCase() !== "OR";
    return token?.kind === "sign" && (token.text === "!" || token.text === "(");
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
