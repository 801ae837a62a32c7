import { parseArgs } from "node:util";
import { UserError } from "../kernel/faults.ts";
import type { PlaceFacts } from "../services/dynamodb/capacity/advice.ts";
import type { HotKey } from "../services/dynamodb/capacity/hot-keys.ts";
import type { TableReport } from "../services/dynamodb/capacity/report.ts";
import { endpointOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import {
  type Column,
  table as drawTable,
  formatMoment,
  type Palette,
  palette,
  printable,
} from "./terminal.ts";

const HELP = `Usage: nuage table NAME [options]

Who uses a DynamoDB table, and what would be better: units by the minute, the hottest keys, scans, throttles,
and what it costs. Every number is explained.

  --minutes N        how many of the latest minutes to show (10)
  --region REGION    where the table is (the platform's region)
  --account ID       whose it is (the platform's account)
  --json             one JSON document a line: the table, its indexes, keys, minutes (all, unless
                     --minutes says how many) and advice, told apart by "kind"
  --port PORT, --endpoint URL    where the platform is
`;

export const table: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      minutes: { type: "string" },
      region: { type: "string" },
      account: { type: "string" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UserError(`table takes one name.\n\n${HELP}`);
  const minutes = Number(values.minutes ?? 10);
  if (!Number.isInteger(minutes) || minutes < 0) throw new UserError("--minutes takes a whole number.");
  const query = new URLSearchParams();
  if (values.region) query.set("region", values.region);
  if (values.account) query.set("account", values.account);
  const page = `/_nuage/tables/${encodeURIComponent(name)}`;
  const report = await readPage<TableReport>(endpointOf(values), page, query);
  if (values.json) {
    terminal.out(jsonText(itemsOf(report, values.minutes === undefined ? report.minutes.length : minutes)));
    return 0;
  }
  const lines = drawReport(report, minutes, terminal.columns, palette(terminal.colour));
  terminal.out(`${lines.join("\n")}\n`);
  return 0;
};

/** The report as JSON lines: whatever can be counted has one of its own. */
function itemsOf({ places, minutes, findings, ...own }: TableReport, latest: number): unknown[] {
  const table = own.name;
  const shown = latest === 0 ? [] : minutes.slice(-latest);
  return [
    { kind: "table", ...own },
    ...places.map(({ hotKeys: _, ...place }) => ({ kind: "place", table, ...place })),
    ...keysOf(places).map((key) => ({ kind: "key", table, ...key })),
    ...shown.map((minute) => ({ kind: "minute", table, ...minute })),
    ...findings.map(({ kind: about, ...finding }) => ({ kind: "advice", table, about, ...finding })),
  ];
}

/** The report as lines. */
export function drawReport(
  report: TableReport,
  minutes: number,
  columns: number,
  colours: Palette,
): string[] {
  const { mode, provisioned } = report;
  const terms =
    mode === "PROVISIONED" ? `${provisioned.read} read and ${provisioned.write} write units` : "on demand";
  const lines = [`${colours.bold(printable(report.name))}  ${report.region}, ${terms}`, ""];
  lines.push(...drawPlaces(report.places, columns), "");
  if (minutes > 0 && report.minutes.length > 0) lines.push(...drawMinutes(report, minutes, columns), "");
  lines.push(...drawKeys(report.places, columns));
  if (report.findings.length === 0) lines.push("Nothing to advise yet.");
  for (const { text, formula } of report.findings) {
    lines.push(`• ${printable(text)}`, colours.dim(`  ${printable(formula)}`));
  }
  return lines;
}

function drawPlaces(places: readonly PlaceFacts[], columns: number): string[] {
  const shape: Column<PlaceFacts>[] = [
    { title: "PLACE", of: ({ index }) => printable(index ?? "table"), least: 8 },
    { title: "READ UNITS", of: ({ consumed }) => amount(consumed.read), right: true },
    { title: "WRITE UNITS", of: ({ consumed }) => amount(consumed.write), right: true },
    { title: "PARTITIONS", of: ({ partitions }) => (partitions === 0 ? "-" : `${partitions}`), right: true },
    {
      title: "THROTTLES",
      of: ({ throttles }) => String(throttles.reduce((sum, [, count]) => sum + count, 0)),
      right: true,
    },
  ];
  return drawTable(shape, places, Math.max(80, columns));
}

function drawMinutes({ minutes, mode, provisioned }: TableReport, count: number, columns: number): string[] {
  const share = (units: number, of: number) =>
    mode === "PROVISIONED" && of > 0 ? `${((units / 60 / of) * 100).toFixed(0)} %` : "-";
  const shape: Column<TableReport["minutes"][number]>[] = [
    { title: "MINUTE", of: ({ startMs }) => formatMoment(startMs).slice(0, 16), least: 16 },
    { title: "READ UNITS", of: ({ read }) => amount(read), right: true },
    { title: "OF PROVISIONED", of: ({ read }) => share(read, provisioned.read), right: true },
    { title: "WRITE UNITS", of: ({ write }) => amount(write), right: true },
    { title: "OF PROVISIONED", of: ({ write }) => share(write, provisioned.write), right: true },
  ];
  return drawTable(shape, minutes.slice(-count), Math.max(80, columns));
}

interface KeyRow extends HotKey {
  /** Absent for the table itself. */
  readonly index?: string;
  readonly use: "read" | "write";
  /** Of the units of its kind that the place consumed. */
  readonly share: number;
}

function keysOf(places: readonly PlaceFacts[]): KeyRow[] {
  return places.flatMap(({ index, hotKeys, consumed }) =>
    (["read", "write"] as const).flatMap((use) =>
      hotKeys[use].map((key) => ({
        ...(index === undefined ? {} : { index }),
        use,
        ...key,
        share: key.units / Math.max(1, consumed[use]),
      })),
    ),
  );
}

function drawKeys(places: readonly PlaceFacts[], columns: number): string[] {
  const rows = keysOf(places);
  if (rows.length === 0) return [];
  const shape: Column<KeyRow>[] = [
    { title: "HOTTEST KEYS", of: ({ key }) => printable(key), least: 12 },
    { title: "PLACE", of: ({ index }) => printable(index ?? "table"), least: 5 },
    { title: "USE", of: ({ use }) => use },
    { title: "UNITS", of: ({ units }) => amount(units), right: true },
    { title: "SHARE", of: ({ share }) => `${(share * 100).toFixed(1)} %`, right: true },
  ];
  return [...drawTable(shape, rows, Math.max(80, columns)), ""];
}

function amount(units: number): string {
  return String(Math.round(units * 10) / 10);
}
