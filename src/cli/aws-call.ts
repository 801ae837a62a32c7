import type { Terminal } from "./command.ts";

/** The options of all commands of `nuage aws`. */
export const OPTIONS = {
  "endpoint-url": { type: "string" },
  endpoint: { type: "string" },
  port: { type: "string" },
  region: { type: "string" },
  recursive: { type: "boolean" },
  force: { type: "boolean" },
  "function-name": { type: "string" },
  "invocation-type": { type: "string" },
  "log-type": { type: "string" },
  payload: { type: "string" },
  qualifier: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** One command with all that it was given. */
export interface AwsCall {
  readonly operands: readonly string[];
  readonly options: { readonly [Name in keyof typeof OPTIONS]?: string | boolean | undefined };
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly terminal: Terminal;
}
