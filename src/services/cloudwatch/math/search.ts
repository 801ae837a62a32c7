import type { MetricName } from "../data/metric-name.ts";
import { ExpressionError } from "./tokens.ts";

/** What a search asks of metrics. */
export interface Search {
  /** All metrics found are in it and have these dimensions, no more and no fewer. */
  readonly schema?: { readonly namespace: string; readonly dimensions: readonly string[] };
  matches(metric: MetricName): boolean;
}

type Wanted = (metric: MetricName) => boolean;

const SCHEMA = /^\s*\{([^}]*)\}/;
const TERMS = /"((?:[^"\\]|\\.)*)"|([()=])|([^\s()="]+)/g;

/**
 * `{AWS/Lambda,FunctionName} MetricName="Errors" orders`: terms are joined by AND.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
export function parseSearch(text: string): Search {
  const braces = SCHEMA.exec(text);
  const [namespace, ...dimensions] = (braces?.[1] ?? "")
    .split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((part) => part.trim().replace(/^"(.*)"$/, "$1"));
  const rest = text.slice(braces?.[0].length ?? 0);
  const terms = Array.from(rest.matchAll(TERMS), ([, exact, sign, word]): Term => {
    if (exact !== undefined) return { kind: "exact", text: exact.replace(/\\(.)/g, "$1") };
    return sign === undefined ? { kind: "word", text: word ?? "" } : { kind: "sign", text: sign };
  });
  const reader = new TermReader(terms);
  const matches = reader.all();
  if (!braces || namespace === undefined || namespace === "") return { matches };
  return { schema: { namespace, dimensions }, matches };
}

interface Term {
  readonly kind: "exact" | "word" | "sign";
  readonly text: string;
}

class TermReader {
  readonly #terms: readonly Term[];
  #at = 0;

  constructor(terms: readonly Term[]) {
    this.#terms = terms;
  }

  all(): Wanted {
    const wanted = this.#either(undefined);
    if (this.#at < this.#terms.length) throw new ExpressionError("SEARCH has a parenthesis too many");
    return wanted;
  }

  /** `property`: the name before `=`, which only is looked at. */
  #either(property: string | undefined): Wanted {
    const ways = [this.#together(property)];
    while (this.#isWord("OR")) {
      this.#at++;
      ways.push(this.#together(property));
    }
    return ways.length === 1 && ways[0] ? ways[0] : (metric) => ways.some((way) => way(metric));
  }

  #together(property: string | undefined): Wanted {
    const all: Wanted[] = [];
    while (this.#at < this.#terms.length && !this.#isWord("OR") && !this.#isSign(")")) {
      if (this.#isWord("AND")) this.#at++;
      else all.push(this.#one(property));
    }
    return (metric) => all.every((wanted) => wanted(metric));
  }

  #one(property: string | undefined): Wanted {
    if (this.#isWord("NOT")) {
      this.#at++;
      const unwanted = this.#one(property);
      return (metric) => !unwanted(metric);
    }
    if (this.#isSign("(")) {
      this.#at++;
      const inner = this.#either(property);
      if (!this.#isSign(")")) throw new ExpressionError("SEARCH has a parenthesis that is not closed");
      this.#at++;
      return inner;
    }
    const term = this.#terms[this.#at++];
    if (!term || term.kind === "sign") throw new ExpressionError("SEARCH has an operator without a term");
    if (!this.#isSign("=")) return termMatcher(term, property);
    this.#at++;
    return this.#one(term.text);
  }

  #isWord(text: string): boolean {
    const term = this.#terms[this.#at];
    return term?.kind === "word" && term.text.toUpperCase() === text;
  }

  #isSign(text: string): boolean {
    const term = this.#terms[this.#at];
    return term?.kind === "sign" && term.text === text;
  }
}

/** In quotes the whole is meant; without them, parts of words in their order. */
function termMatcher({ kind, text }: Term, property: string | undefined): Wanted {
  if (kind === "exact") return (metric) => textsOf(metric, property).includes(text);
  const wanted = ` ${partsOf(text).join(" ")} `;
  return (metric) => textsOf(metric, property).some((own) => ` ${partsOf(own).join(" ")} `.includes(wanted));
}

function textsOf({ namespace, name, dimensions }: MetricName, property: string | undefined): string[] {
  if (property === undefined) return [namespace, name, ...dimensions.flat()];
  const plain = property.replace(/^:aws\./, "");
  if (plain === "MetricName") return [name];
  if (plain === "Namespace") return [namespace];
  return dimensions.flatMap(([own, value]) => (own === property ? [value] : []));
}

/** `ReadIOPS-1` is `read iops 1`. */
function partsOf(text: string): string[] {
  return (text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? []).map((part) => part.toLowerCase());
}
