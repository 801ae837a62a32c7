/** A template that cannot be deployed: the message is what CloudFormation's ValidationError says. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  /** From 1; where the template has a place for it. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, place?: { readonly line: number; readonly column: number }) {
    super(place ? `${message} (line ${place.line}, column ${place.column})` : message);
    this.line = place?.line;
    this.column = place?.column;
  }
}
