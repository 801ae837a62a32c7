/**
 * A rule is refused whose wildcards are this complex. AWS does not tell its limit: rules of 9 are known to
 * have been taken, and rules of 12 refused.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity
 */
export const MOST_COMPLEX = 10;

/** More looks than these are not taken at wildcards that may be simple after all. */
const MOST_LOOKS = 2000;

/** A character that a wildcard names, or an asterisk. */
type Step = { readonly mark: string } | "any";

/** The wildcards of one member of a field's list: the one that a value fits, or those that it must not. */
export interface Wildcards {
  readonly negated: boolean;
  readonly texts: readonly string[];
}

/**
 * How many beginnings of a field's wildcards one value can fit at the same time, at most; counted up to the
 * limit. That is how AWS's matcher measures them: each is a place where it must go on from. Wildcards of one
 * member share the beginnings that they have in common, and a member that comes twice counts once.
 */
export function complexityOf(members: readonly Wildcards[]): number {
  const distinct = new Map(
    members.map((one) => [`${one.negated} ${JSON.stringify([...one.texts].sort())}`, one]),
  );
  const texts = [...distinct].flatMap(([member, { texts: list }]) =>
    // The quotation marks around a value count as characters of it.
    list.map((text) => ({ member, steps: stepsOf(`"${text}"`) })),
  );
  const steps = texts.map((text) => text.steps);
  const begins = numberBeginnings(texts);
  const marks = new Set(steps.flat().flatMap((step) => (step === "any" ? [] : [step.mark])));
  const alphabet = [...marks, ""];
  let most = 0;
  const seen = new Set<string>();
  const waiting = [steps.map(() => [0])];
  for (let places = waiting.pop(); places && seen.size < MOST_LOOKS; places = waiting.pop()) {
    for (const mark of alphabet) {
      const next = places.map((each, index) => after(steps[index] ?? [], each, mark));
      const fitting = next.flatMap((each, index) => each.map((length) => begins[index]?.[length - 1]));
      const count = new Set(fitting).size;
      if (count >= MOST_COMPLEX) return MOST_COMPLEX;
      most = Math.max(most, count);
      const key = next.join("|");
      if (count === 0 || seen.has(key)) continue;
      seen.add(key);
      waiting.push(next);
    }
  }
  return most;
}

/** A number for each beginning of each wildcard: the same for equal ones of one member. */
function numberBeginnings(
  texts: readonly { readonly member: string; readonly steps: readonly Step[] }[],
): number[][] {
  const numbers = new Map<string, number>();
  return texts.map(({ member, steps }) => {
    let before = member;
    return steps.map((step) => {
      const key = `${before} ${step === "any" ? "*" : `\\${step.mark}`}`;
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      before = String(number);
      return number;
    });
  });
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "*") steps.push("any");
    else steps.push({ mark: (text[index] === "\\" ? text[++index] : text[index]) ?? "" });
  }
  return steps;
}

/** The beginnings, by their length, that a value fits which is longer by a character. */
function after(steps: readonly Step[], lengths: readonly number[], mark: string): number[] {
  const fitting = new Set<number>();
  for (const length of lengths) {
    // An asterisk that was passed takes any character more, and one that follows may take none.
    if (steps[length - 1] === "any") fitting.add(length);
    const step = steps[length];
    if (step !== undefined && step !== "any" && step.mark === mark) fitting.add(length + 1);
  }
  for (const length of [...fitting]) if (steps[length] === "any") fitting.add(length + 1);
  return [...fitting].sort((one, other) => one - other);
}
