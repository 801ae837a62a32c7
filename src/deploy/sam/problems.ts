import { TemplateError } from "../template-error.ts";
import { withoutMarks } from "./dict.ts";

/** One thing that is wrong with a template. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** What problems are sorted by: the resource's id, or the event's. */
  readonly about: string;

  constructor(about: string, message: string) {
    super(withoutMarks(message));
    this.about = about;
  }
}

/** Problems after which there is no going on. */
export class BadDocument extends Error {
  override readonly name = "BadDocument";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ message }) => message).join(" "));
    this.problems = problems;
  }
}

/** The problem of an event, told of its resource before it is shown. */
export class EventProblem extends Problem {}

export function badResource(id: string, text: string): Problem {
  return new Problem(id, `Resource with id [${id}] is invalid. ${text}`);
}

export function badEvent(id: string, text: string): EventProblem {
  return new EventProblem(id, `Event with id [${id}] is invalid. ${text}`);
}

export function badTemplate(text: string): Problem {
  const message = `Structure of the SAM template is invalid. ${text}`;
  return new Problem(message, message);
}

export function badDocument(text: string): BadDocument {
  return new BadDocument([badTemplate(text)]);
}

export function duplicateId(id: string, made: string, type: string): Problem {
  return new Problem(
    id,
    `Transforming resource with id [${id}] attempts to create a new resource with id [${made}] and type ` +
      `"${type}". A resource with that id already exists within this template. Please use a different id ` +
      "for that resource.",
  );
}

/** All that is wrong, as AWS shows it. */
export function serverlessError(problems: readonly Problem[]): TemplateError {
  const different = [...new Map(problems.map((problem) => [problem.message, problem])).values()];
  const sorted = different.sort((one, other) =>
    one.about < other.about ? -1 : one.about > other.about ? 1 : 0,
  );
  return new TemplateError(
    "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification " +
      `document. Number of errors found: ${different.length}. ` +
      sorted.map(({ message }) => message).join(" "),
  );
}
