/**
 * Who speaks the pattern language. events: rules of event buses, all of it. pipes, filter: filters of pipes
 * and of event source mappings, which lack some operators. sns: filter policies of subscriptions.
 */
export type Dialect = "events" | "pipes" | "filter" | "sns";

interface Grammar {
  /** Operators that are not known. */
  readonly without: ReadonlySet<string>;
  /** Anything-but takes values only, no operators. */
  readonly plainAnythingBut: boolean;
  /** The largest operand of a numeric comparison, and the smallest without its sign. */
  readonly mostNumber: number;
}

const ALL: Grammar = { without: new Set(), plainAnythingBut: false, mostNumber: 5e9 };

/**
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html (pipe support)
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 * https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
export const GRAMMARS: Readonly<Record<Dialect, Grammar>> = {
  events: ALL,
  pipes: { ...ALL, without: new Set(["wildcard"]), plainAnythingBut: true },
  filter: { ...ALL, without: new Set(["wildcard"]), plainAnythingBut: true },
  sns: { ...ALL, mostNumber: 1e9 },
};
