import type { FunctionVersion } from "../kernel/functions.ts";
import type { Unpacked } from "./code.ts";

/** A start for one function alone: with all of its variables, and where its code is. */
export interface OwnStart extends Unpacked {
  readonly environment: Readonly<Record<string, string>>;
  readonly version: FunctionVersion;
}
