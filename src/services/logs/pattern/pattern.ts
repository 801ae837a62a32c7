/** A filter pattern, read. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
export interface FilterPattern {
  /** By words of the message, by members of its JSON, or by the words at places. */
  readonly kind: "terms" | "json" | "fields";
  /** How many regular expressions it holds. */
  readonly expressions: number;
  /** Whether a name such as `$.member` or `$field` may stand for a value of what it matches. */
  knows(name: string): boolean;
  /** Undefined where the message does not match, else a look-up of what it holds. */
  match(message: string): Extract | undefined;
}

/** Values of a message by `$.member` or `$field`, as metrics and tests of filters name them. */
export interface Extract {
  value(name: string): string | undefined;
  /** What the pattern itself names. */
  all(): Record<string, string>;
}
