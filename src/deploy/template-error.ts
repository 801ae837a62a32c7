/** A template that cannot be deployed: the message is what CloudFormation's ValidationError says. */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  /** From 1; where the template has a place for it. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** `/Resources/Queue/Properties/DelaySeconds`, where that is known. */
  readonly path: string | undefined;

  constructor(message: string, place?: { readonly line: number; readonly column: number } | string) {
    const at = typeof place === "string" ? undefined : place;
    super(at ? `${message} (line ${at.line}, column ${at.column})` : message);
    this.line = at?.line;
    this.column = at?.column;
    this.path = typeof place === "string" ? place : undefined;
  }
}
