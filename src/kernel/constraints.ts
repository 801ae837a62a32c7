/** What a value must satisfy beyond its type. AWS's models hold these; the SDK's schemas do not. */
export interface Constraint {
  /** Characters, bytes, list or map entries: [least, most]. */
  readonly length?: readonly [number, number];
  /** Numbers: [least, most]. */
  readonly range?: readonly [number, number];
  /** As AWS writes it in messages; the whole value must match. */
  readonly pattern?: string;
  /** The SDK's enum object, or its values. */
  readonly enum?: Readonly<Record<string, string>> | readonly string[];
}

/** By `<structure>.<member>`: `"CreateFunctionRequest.FunctionName": { length: [1, 140] }`. */
export type Constraints = Readonly<Record<string, Constraint>>;
