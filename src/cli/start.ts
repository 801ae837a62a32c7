import { parseArgs } from "node:util";
import { type Config, readConfig, readOtlp } from "../config.ts";
import { UserError } from "../kernel/faults.ts";
import { parseOtlpHeader } from "../kernel/otlp-target.ts";
import type { Command } from "./command.ts";

const HELP = `Usage: nuage start [options]

Runs the platform in this terminal until Ctrl-C.

  --port PORT            where it listens (4566)
  --host ADDRESS         which address it binds to (127.0.0.1)
  --data DIR             where it keeps everything (.nuage)
  --ephemeral            keep nothing: all is gone when it stops
  --region REGION        the region of requests that name none (us-east-1)
  --account ID           the account of access keys that are not 12 digits (000000000000)
  --durability LEVEL     process: acknowledged writes survive kill -9; disk: the loss of power too (process)
  --auth MODE            accept: any signature will do; verify: it must be right (accept)
  --tls                  answer HTTPS too, with a certificate made here (DIR/tls/cert.pem)
  --access-key ID:SECRET a key that --auth verify accepts, repeatable (test:test)
  --capacity MODE        off, observe: record what AWS would throttle, or enforce: throttle it (observe)
  --fidelity             AWS's pace: streams are read once a second, tables' four times, S3 takes a second,
                         EventBridge half of one, and schedules are somewhere within their minute
  --lag MS               how far tables' eventually consistent reads, and replicas, lag behind (off)
  --account-concurrency N  what all functions of an account may run at once (1000)
  --redact PATTERN       mask values of kept events whose JSON name matches, repeatable (none)
  --policies MODE        what a queue's policy does not let in: observe: tell, or enforce: refuse (observe)
  --allow-unsupported    leave resources out of stacks that the platform does not have, instead of refusing
                         their templates
  --chaos RULE,RULE…     faults on purpose, such as duplicate=0.01 (see nuage chaos --help)
  --otlp URL             send traces, metrics and logs to a collector of OpenTelemetry, such as
                         http://localhost:4318; nothing is sent anywhere without it. env: to the collector
                         that OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _PROTOCOL and _COMPRESSION name. They
                         are looked at for nothing else: they may be set for the applications alone
  --otlp-header NAME=VALUE    goes with each request, repeatable
  --otlp-protocol NAME   http/protobuf or http/json (http/protobuf)
  --otlp-compression NAME     gzip or none (gzip)
  --otlp-signals LIST    what is sent (traces,metrics,logs)
  --log LEVEL            debug, info, warn, error or silent (warn)
`;

const OTLP_OPTIONS = {
  otlp: { type: "string" },
  "otlp-header": { type: "string", multiple: true },
  "otlp-protocol": { type: "string" },
  "otlp-compression": { type: "string" },
  "otlp-signals": { type: "string" },
} as const;

export const start: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      data: { type: "string" },
      ephemeral: { type: "boolean" },
      region: { type: "string" },
      account: { type: "string" },
      durability: { type: "string" },
      auth: { type: "string" },
      tls: { type: "boolean" },
      "access-key": { type: "string", multiple: true },
      capacity: { type: "string" },
      fidelity: { type: "boolean" },
      lag: { type: "string" },
      "account-concurrency": { type: "string" },
      redact: { type: "string", multiple: true },
      policies: { type: "string" },
      "allow-unsupported": { type: "boolean" },
      chaos: { type: "string", multiple: true },
      ...OTLP_OPTIONS,
      log: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  if (values.ephemeral && values.data !== undefined) {
    throw new UserError("--ephemeral keeps nothing and --data keeps everything: choose one.");
  }
  const config = readConfig({
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(values.ephemeral ? { data: undefined } : {}),
    ...(values.region === undefined ? {} : { region: values.region }),
    ...(values.account === undefined ? {} : { account: values.account }),
    ...choice("durability", values.durability, ["process", "disk"]),
    ...choice("auth", values.auth, ["accept", "verify"]),
    ...choice("capacity", values.capacity, ["off", "observe", "enforce"]),
    ...(values.tls ? { tls: true } : {}),
    ...(values.fidelity ? { fidelity: true } : {}),
    ...(values.lag === undefined ? {} : { lagMs: values.lag === "off" ? 0 : Number(values.lag) }),
    ...(values["account-concurrency"] === undefined
      ? {}
      : { accountConcurrency: Number(values["account-concurrency"]) }),
    ...(values.redact ? { redact: values.redact } : {}),
    ...choice("policies", values.policies, ["observe", "enforce"]),
    ...(values["allow-unsupported"] ? { allowUnsupported: true } : {}),
    ...(values.chaos ? { chaos: values.chaos.flatMap((rules) => rules.split(",")) } : {}),
    ...(values["access-key"] ? { accessKeys: parseKeys(values["access-key"]) } : {}),
    ...otlpOf(values),
    ...renamed(choice("log", values.log, ["debug", "info", "warn", "error", "silent"])),
  });
  const { createPlatform } = await import("../platform.ts");
  const platform = await createPlatform(config);
  const stopping = stopRequested(platform.stopRequested);
  terminal.out(
    `Nuage is ready on ${platform.endpoint}  (account ${config.account}, region ${config.region}, ` +
      `${config.data === undefined ? "keeping nothing" : `data in ${config.data}`})\n`,
  );
  await stopping;
  terminal.out("Stopping.\n");
  await platform.close();
  return 0;
};

function choice<const Name extends string, const Value extends string>(
  name: Name,
  given: string | undefined,
  allowed: readonly Value[],
): { [K in Name]?: Value } {
  if (given === undefined) return {};
  const value = allowed.find((candidate) => candidate === given);
  if (value === undefined) throw new UserError(`--${name} takes ${allowed.join(" or ")}, not "${given}".`);
  return { [name]: value } as { [K in Name]?: Value };
}

interface OtlpValues {
  readonly otlp?: string | undefined;
  readonly "otlp-header"?: readonly string[] | undefined;
  readonly "otlp-protocol"?: string | undefined;
  readonly "otlp-compression"?: string | undefined;
  readonly "otlp-signals"?: string | undefined;
}

function otlpOf(values: OtlpValues): Pick<Partial<Config>, "otlp"> {
  if (values.otlp === undefined) {
    const [name] = Object.keys(OTLP_OPTIONS).filter((each) => values[each as keyof OtlpValues] !== undefined);
    if (name !== undefined) throw new UserError(`--${name} says how to send: say where to with --otlp.`);
    return {};
  }
  const headers = Object.assign({}, ...(values["otlp-header"] ?? []).map(parseOtlpHeader));
  const otlp = readOtlp({
    url: values.otlp,
    headers,
    protocol: values["otlp-protocol"],
    compression: values["otlp-compression"],
    signals: values["otlp-signals"]?.split(","),
  });
  return { otlp };
}

function renamed({ log }: { log?: Config["logLevel"] }): Partial<Config> {
  return log === undefined ? {} : { logLevel: log };
}

function parseKeys(pairs: readonly string[]): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const pair of pairs) {
    const colon = pair.indexOf(":");
    if (colon < 1 || colon === pair.length - 1) {
      throw new UserError(`--access-key takes ID:SECRET, not "${pair}".`);
    }
    keys[pair.slice(0, colon)] = pair.slice(colon + 1);
  }
  return keys;
}

/** Resolves at Ctrl-C, SIGTERM, or when a client asked the platform to stop. A second Ctrl-C ends at once. */
function stopRequested(asked: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.once("SIGINT", () => process.exit(130));
      resolve();
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    void asked.then(stop);
  });
}
