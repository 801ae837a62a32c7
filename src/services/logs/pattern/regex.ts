import { PatternProblem } from "./problem.ts";

/** What may stand in an expression. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
const ALLOWED = /^[A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+.\s"'<>&~`]*$/;
const ESCAPES = /\\(?![dDsSwW^$?[\]{}|\\*+.()/:_#=@;,\-"'%]|x[0-9a-fA-F]{2})/;

/** The expression that stands between two percent signs; throws for what AWS does not take. */
export function compileExpression(source: string): RegExp {
  if (source === "") throw new PatternProblem("a regular expression is empty");
  if (/(?<!\\)(?:\\\\)*[()]/.test(source)) {
    throw new PatternProblem("regular expressions with parentheses are not supported");
  }
  const bare = source.replaceAll(/\\./g, "");
  if (!ALLOWED.test(bare))
    throw new PatternProblem(`unsupported characters in the regular expression ${source}`);
  if (ESCAPES.test(source))
    throw new PatternProblem(`unsupported escape in the regular expression ${source}`);
  try {
    return new RegExp(source);
  } catch {
    throw new PatternProblem(`invalid regular expression ${source}`);
  }
}
