import { parseArgs } from "node:util";
import type { RuleView } from "../chaos/chaos.ts";
import { parseDuration } from "../kernel/duration.ts";
import { UserError } from "../kernel/faults.ts";
import { ask, endpointOf, READING_OPTIONS } from "./client.ts";
import type { Command } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { type Column, table as drawTable, formatMoment, palette, printable } from "./terminal.ts";

const HELP = `Usage: nuage chaos                          the faults on purpose that hold
       nuage chaos KIND [TARGET] [options]  has things go wrong
       nuage chaos stop [ID]                ends one, or all

Kinds and their targets, * for any characters; everything where none is given:
  throttle, error, delay SERVICE[.OPERATION]   calls, such as dynamodb.PutItem
  crash FUNCTION                               its process is killed while it runs
  duplicate, late QUEUE|FUNCTION               messages and asynchronous events on their way
  unavailable STREAM                           shards cannot be read (--resource SHARD for one of them)

  --rate SHARE       how often, of 1 (1)
  --for DURATION     how long it holds, such as 5m (until it is stopped)
  --times N          how often it strikes at most
  --resource NAME    only where this table, bucket, queue, shard… is named
  --by DURATION      of delays and late deliveries: how much (1s); of crashes: after how long (at once)
  --code CODE, --message TEXT, --status N
                     of errors: what the caller is answered (the service's own failure)
  --after-effect     of throttles and errors: the call has its effect, and only its answer is lost
  --json             one JSON document a line, for each rule
  --port PORT, --endpoint URL    where the platform is

Nothing goes wrong unless you ask for it. Rules end with the platform; nuage start --chaos sets some from the
start. Each strike stands in its trace.
`;

export const chaos: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      rate: { type: "string" },
      for: { type: "string" },
      times: { type: "string" },
      resource: { type: "string" },
      by: { type: "string" },
      code: { type: "string" },
      message: { type: "string" },
      status: { type: "string" },
      "after-effect": { type: "boolean" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [kind, target, ...more] = positionals;
  if (more.length > 0) throw new UserError(`chaos takes a kind and a target.\n\n${HELP}`);
  const endpoint = endpointOf(values);
  if (kind === undefined || kind === "stop") {
    const query = kind === undefined || target === undefined ? "" : `?id=${encodeURIComponent(target)}`;
    const init = kind === "stop" ? { method: "DELETE" } : {};
    const answer = await (await ask(endpoint, `/_nuage/chaos${query}`, init)).json();
    if (kind === "stop") {
      const { removed } = answer as { removed: number };
      terminal.out(values.json ? jsonText([{ removed }]) : `${removed} ended.\n`);
      return 0;
    }
    const { rules } = answer as { rules: RuleView[] };
    terminal.out(values.json ? jsonText(rules) : drawRules(rules, terminal.columns, terminal.colour));
    return 0;
  }
  const rule = {
    kind,
    ...(target === undefined ? {} : { target }),
    ...(values.resource === undefined ? {} : { resource: values.resource }),
    ...(values.rate === undefined ? {} : { rate: Number(values.rate) }),
    ...(values.times === undefined ? {} : { times: Number(values.times) }),
    ...(values.for === undefined ? {} : { forMs: durationOf("for", values.for) }),
    ...(values.by === undefined ? {} : { delayMs: durationOf("by", values.by) }),
    ...(values.code === undefined ? {} : { code: values.code }),
    ...(values.message === undefined ? {} : { message: values.message }),
    ...(values.status === undefined ? {} : { status: Number(values.status) }),
    ...(values["after-effect"] ? { afterEffect: true } : {}),
  };
  const init = { method: "POST", body: JSON.stringify(rule) };
  const view = (await (await ask(endpoint, "/_nuage/chaos", init)).json()) as RuleView;
  terminal.out(values.json ? jsonText([view]) : `Rule ${view.id}: ${describe(view)}\n`);
  return 0;
};

function durationOf(option: string, text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new UserError(`--${option} takes a duration such as 90s or 5m.`);
  return durationMs;
}

function drawRules(rules: readonly RuleView[], columns: number, colour: boolean): string {
  if (rules.length === 0) return "Nothing goes wrong on purpose.\n";
  const shape: Column<RuleView>[] = [
    { title: "RULE", of: ({ id }) => id },
    { title: "WHAT", of: (rule) => printable(describe(rule)), least: 20 },
    { title: "STRUCK", of: ({ strikes }) => String(strikes), right: true },
    { title: "UNTIL", of: ({ untilMs }) => (untilMs === undefined ? "stopped" : formatMoment(untilMs)) },
  ];
  const [head = "", ...lines] = drawTable(shape, rules, Math.max(80, columns));
  return `${[palette(colour).bold(head), ...lines].join("\n")}\n`;
}

function describe({ kind, target, resource, rate, times, delayMs, code, afterEffect }: RuleView): string {
  return [
    kind,
    target ?? "everything",
    ...(resource === undefined ? [] : [`of ${resource}`]),
    ...(rate === undefined ? [] : [`${Math.round(rate * 1000) / 10} %`]),
    ...(delayMs === undefined ? [] : [`by ${delayMs} ms`]),
    ...(code === undefined ? [] : [code]),
    ...(times === undefined ? [] : [`${times} times at most`]),
    ...(afterEffect ? ["after its effect"] : []),
  ].join(" ");
}
