import type { MetricSeries, Wanted } from "./metric-series.ts";
import { sparkline } from "./sparkline.ts";
import { type Column, formatMoment, type Palette, printable, table, widthOf } from "./terminal.ts";

/** The metrics that there are, by namespace, each with a small picture. */
export function drawList(
  all: readonly MetricSeries[],
  wanted: Wanted,
  columns: number,
  colours: Palette,
): string[] {
  const byNamespace = new Map<string, MetricSeries[]>();
  for (const series of all)
    byNamespace.set(series.namespace, [...(byNamespace.get(series.namespace) ?? []), series]);
  return [...byNamespace].flatMap(([namespace, own], at) => {
    own.sort((one, other) => placeOf(one).localeCompare(placeOf(other)));
    const names = own.map(({ name, dimensions }) => widthOf(name) + widthOf(dimensionText(dimensions)));
    const isTight = Math.max(...names) + MOST_CELLS + FIGURES > columns;
    const lines = table((isTight ? tightShape : listShape)(wanted, colours, columns), own, columns);
    return [...(at === 0 ? [] : [""]), colours.bold(printable(namespace)), ...lines];
  });
}

const placeOf = ({ name, dimensions }: MetricSeries): string => `${name} ${dimensionText(dimensions)}`;

const MOST_CELLS = 30;
/** What the other columns of a list take. */
const FIGURES = 40;

type ListShape = (wanted: Wanted, colours: Palette, columns: number) => Column<MetricSeries>[];

const listShape: ListShape = (wanted, colours) => [
  { title: "METRIC", of: ({ name }) => printable(name) },
  { title: "OF", of: ({ dimensions }) => dimensionText(dimensions), paint: colours.cyan },
  ...figures(wanted, colours, MOST_CELLS),
];

/** Where there is little room: what a metric is of without the names of that, and a smaller picture. */
const tightShape: ListShape = (wanted, colours, columns) => [
  { title: "METRIC", of: ({ name }) => shortened(printable(name), columns < 100 ? 22 : 30) },
  { title: "OF", of: ({ dimensions }) => valueText(dimensions), least: 14, paint: colours.cyan },
  ...figures(wanted, colours, columns < 100 ? 12 : 20),
];

function figures(wanted: Wanted, colours: Palette, cells: number): Column<MetricSeries>[] {
  return [
    { title: "STATISTIC", of: ({ stat }) => printable(stat), paint: colours.dim },
    {
      title: "OVER TIME".padEnd(cells),
      of: (series) => picture(series, wanted, cells),
      paint: colours.green,
    },
    { title: "LATEST", of: ({ points }) => number(points.at(-1)?.[1]), right: true },
    { title: "MOST", of: ({ points }) => number(mostOf(points)), right: true },
  ];
}

/** Each metric as wide as the terminal. */
export function drawCharts(
  all: readonly MetricSeries[],
  wanted: Wanted,
  columns: number,
  colours: Palette,
): string[] {
  const times = `${formatMoment(wanted.fromMs).slice(0, 16)} to ${formatMoment(wanted.untilMs).slice(0, 16)}`;
  return all.flatMap((series, at) => {
    const { points } = series;
    const values = points.map(([, value]) => value);
    const sum = values.reduce((one, other) => one + other, 0);
    const facts =
      values.length === 0
        ? ["no data"]
        : [
            `least ${number(Math.min(...values))}`,
            `mean ${number(sum / values.length)}`,
            `most ${number(mostOf(points))}`,
            `latest ${number(values.at(-1))}`,
            ...(/^(Sum|SampleCount)$/.test(series.stat) ? [`in all ${number(sum)}`] : []),
          ];
    return [
      ...(at === 0 ? [] : [""]),
      titleOf(series, colours),
      colours.green(picture(series, wanted, columns)),
      colours.dim(`${times} UTC, by ${wanted.periodSeconds} s  ${facts.join("  ")}`),
    ];
  });
}

/** Each value in a row. */
export function drawTables(all: readonly MetricSeries[], columns: number, colours: Palette): string[] {
  return all.flatMap((series, at) => {
    const shape: Column<readonly [number, number]>[] = [
      { title: "TIME (UTC)", of: ([timeMs]) => formatMoment(timeMs).slice(0, 19), paint: colours.dim },
      { title: printable(series.stat || "VALUE"), of: ([, value]) => number(value), right: true },
    ];
    const lines = series.points.length === 0 ? ["no data"] : table(shape, series.points, columns);
    return [...(at === 0 ? [] : [""]), titleOf(series, colours), ...lines];
  });
}

function titleOf({ namespace, name, dimensions, stat }: MetricSeries, colours: Palette): string {
  const of = dimensionText(dimensions);
  return [
    colours.bold(printable(`${namespace} ${name}`.trim())),
    ...(of === "" ? [] : [colours.cyan(of)]),
    ...(stat === "" ? [] : [printable(stat)]),
  ].join("  ");
}

const dimensionText = (dimensions: MetricSeries["dimensions"]): string =>
  printable(
    Object.entries(dimensions)
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
  );

/** Lambda counts each run twice: for the function, and for the resource that was called, such as an alias. */
function valueText({ Resource, ...dimensions }: MetricSeries["dimensions"]): string {
  return printable(Resource === undefined ? Object.values(dimensions).join(" ") : `${Resource} (Resource)`);
}

const TAIL = 10;

/** Metrics of one kind are told apart by how their names end. */
const shortened = (name: string, width: number): string =>
  name.length <= width ? name : `${name.slice(0, width - TAIL - 1)}…${name.slice(-TAIL)}`;

/** A cell stands for a stretch of time, by the greatest value in it. */
function picture({ points }: MetricSeries, { fromMs, untilMs, periodSeconds }: Wanted, most: number): string {
  const periods = Math.max(1, Math.ceil((untilMs - fromMs) / (periodSeconds * 1_000)));
  const cells = Math.min(most, periods);
  const values = new Array<number>(cells).fill(0);
  for (const [timeMs, value] of points) {
    const at = Math.floor(((timeMs - fromMs) / (untilMs - fromMs)) * cells);
    const cell = Math.max(0, Math.min(cells - 1, at));
    values[cell] = Math.max(values[cell] ?? 0, value);
  }
  return sparkline(values, Math.max(...values)).padEnd(most);
}

const mostOf = (points: MetricSeries["points"]): number | undefined =>
  points.length === 0 ? undefined : Math.max(...points.map(([, value]) => value));

/** Four digits are enough to read. */
function number(value: number | undefined): string {
  if (value === undefined) return "-";
  if (Number.isInteger(value) || Math.abs(value) >= 10_000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(4)));
}
