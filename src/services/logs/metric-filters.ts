import type * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { pageOf } from "../../kernel/paging.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { requireGroup } from "./catalog.ts";
import { badToken, fault, invalid, limitExceeded, missing, notHere } from "./faults.ts";
import { checkExpressions } from "./filter-limits.ts";
import { bounded, patternOf } from "./filter-patterns.ts";
import {
  allFilters,
  deleteFilter,
  filtersOf,
  type MetricFilterRecord,
  readFilter,
  writeFilter,
} from "./filter-records.ts";
import { refreshWatch } from "./line-watch.ts";
import type { GroupName } from "./names.ts";
import type { FilterPattern } from "./pattern/pattern.ts";
import { allOf } from "./reading.ts";

const MOST_OF_A_GROUP = 100;
const MOST_DIMENSIONS = 3;
const LISTED = 50;
/** What the expressions of a pattern that is tried may take. */
const LONGEST_MS = 2_000;

type Found = readonly [GroupName, MetricFilterRecord];

export const metricFilters = {
  async PutMetricFilter(input, context) {
    const { logGroupName = "", filterName: name = "", filterPattern: pattern = "" } = input;
    const { store, scope, clock } = context;
    refuseMissing(input);
    const metric = metricOf(input.metricTransformations?.[0], patternOf(pattern));
    await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name: logGroupName });
      if (group.class !== "STANDARD") {
        throw fault(
          "InvalidOperationException",
          `Metric filters are not supported for log groups of class ${group.class}.`,
        );
      }
      const known = await readFilter(tx, "metric", group, name);
      const others = known ? [] : await allOf(filtersOf(tx, "metric", group));
      if (others.length >= MOST_OF_A_GROUP) throw limitExceeded("Resource limit exceeded.");
      await checkExpressions(tx, group, { kind: "metric", name, pattern });
      const createdMs = known?.createdMs ?? Math.floor(clock.now());
      writeFilter(tx, "metric", group, { v: 1, name, pattern, createdMs, metric });
    });
    await refreshWatch(store);
    return {};
  },

  async DescribeMetricFilters(input, context) {
    const { filterNamePrefix = "", metricName, metricNamespace, limit = LISTED, nextToken } = input;
    if ((metricName === undefined) !== (metricNamespace === undefined)) {
      throw invalid("Both metricName and metricNamespace must be specified, or neither of them.");
    }
    const isWanted = ([, { name, metric }]: Found) =>
      name.startsWith(filterNamePrefix) &&
      (metricName === undefined || (metric.name === metricName && metric.namespace === metricNamespace));
    const { items, token } = await context.store.transact((tx) =>
      pageOf(
        (after) => candidates(tx, context, input.logGroupName, after),
        ([group, { name }]) => [group.name, name],
        { limit, token: nextToken, isWanted, invalid: badToken },
      ),
    );
    const { NextToken } = token;
    return {
      metricFilters: items.map(describe),
      ...(NextToken === undefined ? {} : { nextToken: NextToken }),
    };
  },

  async DeleteMetricFilter({ logGroupName = "", filterName = "" }, { store, scope }) {
    await store.transact(async (tx) => {
      const group = await requireGroup(tx, { ...scope, name: logGroupName });
      if (!(await readFilter(tx, "metric", group, filterName))) {
        throw missing("The specified metric filter does not exist.");
      }
      deleteFilter(tx, "metric", group, filterName);
    });
    await refreshWatch(store);
    return {};
  },

  async TestMetricFilter({ filterPattern = "", logEventMessages = [] }) {
    const pattern = patternOf(filterPattern);
    const find = () =>
      logEventMessages.flatMap((eventMessage, at) => {
        const extract = pattern.match(eventMessage);
        return extract ? [{ eventNumber: at + 1, eventMessage, extractedValues: extract.all() }] : [];
      });
    return { matches: pattern.expressions > 0 ? bounded(LONGEST_MS, find) : find() };
  },
} satisfies Handlers<typeof sdk>;

function refuseMissing(input: sdk.PutMetricFilterCommandInput): void {
  if (input.applyOnTransformedLogs) throw notHere("This platform does not transform log events.");
  if (input.fieldSelectionCriteria || input.emitSystemFieldDimensions?.length) {
    throw notHere("Selection by system fields is not part of this platform.");
  }
}

function metricOf(
  given: sdk.MetricTransformation | undefined,
  pattern: FilterPattern,
): MetricFilterRecord["metric"] {
  const {
    metricName = "",
    metricNamespace = "",
    metricValue = "",
    defaultValue,
    dimensions,
    unit,
  } = given ?? {};
  const named = dimensions ? Object.entries(dimensions) : [];
  if (named.length > MOST_DIMENSIONS) throw invalid(`At most ${MOST_DIMENSIONS} dimensions are allowed.`);
  if (named.length > 0 && defaultValue !== undefined) {
    throw invalid(
      "Invalid metric transformation: dimensions and default value are mutually exclusive properties.",
    );
  }
  if (named.length > 0 && pattern.kind === "terms") {
    throw invalid("The specified filter pattern does not support dimensions");
  }
  if (!named.every(([, value]) => pattern.knows(value))) {
    throw invalid("Invalid metric transformation: dimension value must be valid selector");
  }
  if (!pattern.knows(metricValue) && !Number.isFinite(Number(metricValue || "none"))) {
    throw invalid(`Invalid metric transformation: invalid value ${metricValue}`);
  }
  return {
    name: metricName,
    namespace: metricNamespace,
    value: metricValue,
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...(dimensions && named.length > 0 ? { dimensions } : {}),
    ...(unit === undefined ? {} : { unit }),
  };
}

async function* candidates(
  tx: Transaction,
  { scope }: Context,
  groupName: string | undefined,
  after: readonly string[] | undefined,
): AsyncGenerator<Found> {
  const [afterGroup, afterFilter] = after ?? [];
  if (groupName !== undefined) {
    const group = await requireGroup(tx, { ...scope, name: groupName });
    for await (const filter of filtersOf(tx, "metric", group, afterFilter)) yield [group, filter];
    return;
  }
  let isPassed = after === undefined;
  for await (const found of allFilters(tx, "metric", scope)) {
    if (isPassed) yield found;
    isPassed ||= found[0].name === afterGroup && found[1].name === afterFilter;
  }
}

function describe([group, { name, pattern, createdMs, metric }]: Found): sdk.MetricFilter {
  return {
    filterName: name,
    filterPattern: pattern,
    metricTransformations: [
      {
        metricName: metric.name,
        metricNamespace: metric.namespace,
        metricValue: metric.value,
        ...(metric.defaultValue === undefined ? {} : { defaultValue: metric.defaultValue }),
        ...(metric.dimensions ? { dimensions: { ...metric.dimensions } } : {}),
        ...(metric.unit === undefined ? {} : { unit: metric.unit as sdk.StandardUnit }),
      },
    ],
    creationTime: createdMs,
    logGroupName: group.name,
    applyOnTransformedLogs: false,
  };
}
