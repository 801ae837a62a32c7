// What can be known of a function beforehand.

/** How a function is reached. What it reads from has its own name. */
export type Source =
  | { readonly kind: "http"; readonly method: "get" | "post"; readonly path: string }
  | {
      readonly kind: "queue";
      readonly batch?: number;
      readonly partial?: boolean;
      readonly receives?: number;
    }
  | { readonly kind: "stream"; readonly retries?: number }
  | { readonly kind: "table"; readonly retries?: number }
  | { readonly kind: "topic"; readonly topic: string }
  | { readonly kind: "rule" }
  | { readonly kind: "bucket" };

/** What drive.ts does with a function, one after the other. */
export type Step =
  | { readonly call: unknown; readonly times?: number; readonly qualifier?: string }
  /** So many calls at once, which all are there before one may go. */
  | { readonly callTogether: unknown; readonly times: number }
  /** While one call is under way. */
  | { readonly callMeanwhile: unknown; readonly times: number }
  | { readonly event: unknown }
  | { readonly request: string; readonly times?: number }
  | { readonly messages: readonly string[] }
  | { readonly records: readonly string[] }
  | { readonly items: readonly string[] };

export interface KnownIssue {
  readonly class: string;
  readonly title: string;
  readonly events: number;
  /** How often it was seen; absent where nobody gives up, so that it depends on how long one waits. */
  readonly tries?: number;
  readonly recovered: number;
  readonly lost: number;
}

/** What is to be told of a function. */
export interface Truth {
  /** Retries counted, as CloudWatch does; absent where nobody gives up. */
  readonly runs?: number;
  readonly failed?: number;
  readonly throttles?: number;
  /** Where it is known how many environments there are. */
  readonly coldStarts?: number;
  readonly peak?: number;
  readonly issues?: readonly KnownIssue[];
  /** Besides `errors`, which follows from runs and failed. */
  readonly warnings?: readonly string[];
}

export interface Family {
  readonly name: string;
  readonly count?: number;
  readonly handler: string;
  readonly runtime?: string;
  readonly memoryMb?: number;
  readonly timeoutSeconds?: number;
  readonly reserved?: number;
  readonly provisioned?: number;
  /** Where events go that are given up: a queue of the function's own. */
  readonly deadLetters?: boolean;
  readonly source?: Source;
  /** Of the template's values: `!Ref …`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly may?: readonly string[];
  readonly sends?: readonly Step[];
  /** What it calls, as the map names it, and how often in all. */
  readonly calls?: Readonly<Record<string, number>>;
  readonly truth: Truth;
}

/** A function by its own name. */
export interface KnownFunction extends Family {
  readonly family: string;
}
