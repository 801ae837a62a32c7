import type { Json } from "../parse.ts";

export interface ServerlessOptions {
  readonly region: string;
  readonly partition: string;
  /** Values given for the template's parameters; the template's defaults stand for the others. */
  readonly parameters?: Readonly<Record<string, Json>>;
  /** ARNs of AWS's managed policies, by name. */
  readonly managedPolicies?: Readonly<Record<string, string>>;
  /** The time, for APIs that are to be deployed always. */
  readonly nowMs: number;
  /** The template of an application of the repository; undefined where there is none. */
  application?(applicationId: string, version: string): string | undefined;
}
