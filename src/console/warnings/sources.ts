// What of streams, loops and tables is worth a warning. Pure.
import type { Warning } from "./rules.ts";

/** Of an event source mapping's report, as far as it matters here. */
export interface MappingFacts {
  readonly id: string;
  readonly name: string;
  readonly sourceArn: string;
  readonly advice: readonly string[];
  readonly shards?: readonly {
    readonly shardId: string;
    readonly lanes: readonly {
      readonly behind: number;
      readonly ageMs: number;
      readonly blocked?: { readonly count: number; readonly failures: number; readonly expiresMs: number };
    }[];
  }[];
}

const OLD_MS = 2 * 3_600_000;
const hours = (timeMs: number): string => `${Number((timeMs / 3_600_000).toPrecision(2))} hours`;

export function aboutMapping(mapping: MappingFacts, nowMs: number): Warning[] {
  const { id, name, sourceArn, advice, shards = [] } = mapping;
  const subject = sourceArn.split(":").slice(5).join(":");
  return shards.flatMap(({ shardId, lanes }) =>
    lanes.flatMap(({ behind, ageMs, blocked }): Warning[] => {
      const common = { subject, functionName: name, sinceMs: nowMs - ageMs };
      const stuck = blocked && {
        ...common,
        kind: "blocked shard" as const,
        severity: "critical" as const,
        what: `shard ${shardId} waits for ${blocked.count} that ${name} has failed ${blocked.failures} times`,
        ...{ value: blocked.failures, threshold: 1 },
        help: [`nuage streams quarantine ${id} sets them aside.`, ...advice].join(" "),
        formula: "deliveries of the first records of the shard that failed, one after the other",
      };
      const old = ageMs > OLD_MS &&
        behind > 0 && {
          ...common,
          kind: "iterator age" as const,
          severity: "warning" as const,
          what: `its reader ${name} is ${hours(ageMs)} behind in shard ${shardId}`,
          ...{ value: ageMs, threshold: OLD_MS },
          help: "Let it work faster: a larger batch, a ParallelizationFactor, more shards or memory.",
          formula: "age of the first record that is still to be delivered",
        };
      return [...(stuck ? [stuck] : []), ...(old ? [old] : [])];
    }),
  );
}

interface LoopFacts {
  readonly functionName: string;
  readonly rounds: number;
  readonly chains: number;
  readonly stoppedMs: number;
  readonly traceId: string;
}

export function aboutLoop({ functionName, rounds, chains, stoppedMs, traceId }: LoopFacts): Warning {
  const within = chains === 1 ? "one chain" : `${chains} chains`;
  return {
    ...{
      kind: "loop",
      severity: "critical",
      subject: functionName,
      functionName,
      sinceMs: stoppedMs,
      traceId,
    },
    what: `its own events came back to it: stopped after ${rounds} rounds, in ${within} of events`,
    ...{ value: chains, threshold: 1 },
    help:
      "Write to another place than you read from, or filter what you wrote. nuage loops shows the way and " +
      "the cost.",
    formula: "chains of events in which the function had run 16 times",
  };
}

/** Of a table's report. */
export interface TableFindings {
  readonly name: string;
  readonly findings: readonly {
    readonly formula: string;
    /** The minute in which a key was hottest, where one was. */
    readonly hot?: {
      readonly key: string;
      readonly kind: "read" | "write";
      readonly minuteMs: number;
      readonly unitsPerSecond: number;
      /** Of what one partition can do. */
      readonly share: number;
    };
  }[];
}

const HOT = 0.5;

export function aboutTable({ name, findings }: TableFindings): Warning[] {
  return findings.flatMap(({ hot, formula }) => {
    if (!hot) return [];
    const { key, kind, minuteMs, unitsPerSecond, share } = hot;
    return [
      {
        ...{ kind: "hot key", severity: share > 1 ? "critical" : "warning", subject: `table ${name}` },
        what: `the key "${key}" took ${Math.round(unitsPerSecond)} ${kind} units a second for a minute`,
        ...{ value: share, threshold: HOT, sinceMs: minuteMs, formula },
        help: `Spread it: more values of its partition key, or a cache. nuage table ${name} says more.`,
      },
    ];
  });
}
