import { parseArgs } from "node:util";
import type { LoopList, LoopReport } from "../cost/loops.ts";
import { endpointOf, queryOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import { counted, formatMoment, type Palette, palette, printable } from "./terminal.ts";

const HELP = `Usage: nuage loops [options]

Recursive loops that were stopped: what each ran through, how fast, and what it would have cost in an hour
and in a day. Every number is explained.

  --since TIME       loops stopped since: 10m, 2h, or a date
  --function NAME    of this function only
  --json             one JSON document a line, for each loop
  --port PORT, --endpoint URL    where the platform is
`;

export const loops: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: {
      ...READING_OPTIONS,
      since: { type: "string" },
      function: { type: "string" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const query = queryOf(values, ["since", "function"]);
  const list = await readPage<LoopList>(endpointOf(values), "/_nuage/loops", query);
  const colours = palette(terminal.colour);
  if (values.json) terminal.out(jsonText(list.loops));
  else terminal.out(`${drawLoops(list, colours).join("\n")}\n`);
  if (list.more)
    terminal.err(colours.dim("Older loops were not looked at: --since and --function choose.\n"));
  return 0;
};

function drawLoops({ loops: found }: LoopList, colours: Palette): string[] {
  if (found.length === 0) return ["No loop was stopped."];
  const lines = found.flatMap((loop) => [...drawLoop(loop, colours), ""]);
  lines.push(
    colours.dim("Prices: us-east-1, list, without the free tier. A loop that is meant is let go on with"),
    colours.dim("PutFunctionRecursionConfig and RecursiveLoop Allow."),
  );
  return lines;
}

function drawLoop(loop: LoopReport, colours: Palette): string[] {
  const { functionName, path, chains, rounds, roundsPerSecond, hour, dayUsd, traceId, stoppedMs } = loop;
  const times = chains > 1 ? `, ${chains} times; the last` : "";
  const lines = [
    `${colours.alarm(` ${printable(functionName)} `)} stopped after ${counted(rounds, "round")}${times} at ` +
      `${formatMoment(stoppedMs).slice(0, 19)}`,
    `  ${path.map(({ kind, name }) => `${kind} ${colours.bold(printable(name))}`).join(" → ")}`,
  ];
  if (roundsPerSecond === undefined || !hour) return [...lines, `  nuage trace ${traceId}`];
  lines.push(
    `  ${rate(roundsPerSecond)} rounds a second. Not stopped, it would have cost ` +
      `${colours.bold(dollars(hour.usd))} an hour and ${colours.bold(dollars(dayUsd ?? 0))} a day:`,
  );
  for (const { unit, quantity, price, usd } of hour.lines) {
    const per = price.per === 1 ? "" : ` per ${price.per.toLocaleString("en")}`;
    const formula = `${amount(quantity)} × $${price.usd}${per}`;
    const note = price.note === undefined ? "" : ` (${price.note})`;
    lines.push(`    ${dollars(usd).padStart(10)}  ${unit}, ${price.item}: ${formula}${colours.dim(note)}`);
  }
  if (hour.unpriced.length > 0) {
    lines.push(`    without ${hour.unpriced.map(printable).join(", ")}, whose prices are not known here`);
  }
  return [...lines, `  nuage trace ${traceId}`];
}

function rate(perSecond: number): string {
  return perSecond >= 10
    ? Math.round(perSecond).toLocaleString("en")
    : String(Number(perSecond.toPrecision(2)));
}

/** Enough digits to see what it is made of. */
function dollars(usd: number): string {
  if (usd === 0) return "$0";
  return usd >= 0.01 ? `$${usd.toFixed(2)}` : `$${Number(usd.toPrecision(2))}`;
}

const amount = (quantity: number): string =>
  quantity >= 100 ? Math.round(quantity).toLocaleString("en") : String(Number(quantity.toPrecision(3)));
