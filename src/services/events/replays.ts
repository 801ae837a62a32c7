import type * as sdk from "@aws-sdk/client-eventbridge";
import { formatArn } from "../../kernel/arn.ts";
import { formatTraceHeader } from "../../kernel/trace.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { archiveArn } from "./archives.ts";
import { busMissing, exists, fault, invalid, invalidParameter, missing, tooMany } from "./faults.ts";
import { nameInArn, parseBusArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import {
  activeReplays,
  type ReplayRecord,
  readArchive,
  readReplay,
  replaysOf,
  writeReplay,
} from "./records.ts";
import { findBus } from "./require.ts";

const MOST_ACTIVE = 10;

export const replays = {
  async StartReplay(input, context) {
    const { scope, ids, clock, store, trace } = context;
    const name = input.ReplayName ?? "";
    const destination = input.Destination?.Arn ?? "";
    const bus = parseBusArn(destination);
    if (!bus) throw invalidParameter("Destination.Arn", "Must contain an event bus ARN.");
    const fromMs = input.EventStartTime?.getTime() ?? 0;
    const toMs = input.EventEndTime?.getTime() ?? 0;
    const archiveName = nameInArn(input.EventSourceArn ?? "", "archive") ?? `${input.EventSourceArn}`;
    const filterArns = input.Destination?.FilterArns;
    const id = ids.uuid();
    const nowMs = Math.floor(clock.now());
    const replay = await store.transact(async (tx) => {
      if (!(await findBus(tx, bus, nowMs))) throw busMissing(bus.name);
      const archive = await readArchive(tx, scope, archiveName);
      if (!archive) throw invalidParameter("EventSourceArn", `Archive ${archiveName} does not exist.`);
      if (archive.busArn !== destination) {
        throw invalidParameter("Destination.Arn", "Cross event bus replay is not permitted.");
      }
      if (fromMs >= toMs) {
        throw invalidParameter("EventEndTime", "EventStartTime must be before EventEndTime.");
      }
      if (await readReplay(tx, scope, name)) throw exists("Replay", name);
      if ((await activeReplays(tx, scope)).length >= MOST_ACTIVE) throw tooMany();
      const started: ReplayRecord = {
        v: 1,
        ...scope,
        name,
        id,
        archiveArn: archiveArn(archive),
        archiveId: archive.id,
        bus,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        ...(filterArns?.length ? { filterArns } : {}),
        fromMs,
        toMs,
        state: "STARTING",
        startedMs: nowMs,
        trace: formatTraceHeader(trace),
      };
      writeReplay(tx, started);
      return started;
    });
    return {
      ReplayArn: replayArn(replay),
      State: replay.state,
      ReplayStartTime: new Date(replay.startedMs),
    };
  },

  async CancelReplay(input, context) {
    const replay = await context.store.transact(async (tx) => {
      const old = await requireReplay(tx, context, input.ReplayName ?? "");
      if (old.state !== "STARTING" && old.state !== "RUNNING") {
        throw fault(
          "IllegalStatusException",
          `Replay ${old.name} is not in a valid state for this operation.`,
        );
      }
      const cancelled: ReplayRecord = { ...old, state: "CANCELLING" };
      writeReplay(tx, cancelled);
      return cancelled;
    });
    return { ReplayArn: replayArn(replay), State: replay.state };
  },

  async DescribeReplay(input, context) {
    const replay = await context.store.transact((tx) => requireReplay(tx, context, input.ReplayName ?? ""));
    const { description, bus, filterArns } = replay;
    return {
      ...summary(replay),
      ReplayArn: replayArn(replay),
      ...(description === undefined ? {} : { Description: description }),
      Destination: {
        Arn: formatArn("events", bus, `event-bus/${bus.name}`),
        ...(filterArns === undefined ? {} : { FilterArns: [...filterArns] }),
      },
    };
  },

  async ListReplays(input, context) {
    const { NamePrefix, EventSourceArn, State } = input;
    if ([NamePrefix, EventSourceArn, State].filter((one) => one !== undefined).length > 1) {
      throw invalid(
        "At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.",
      );
    }
    const { items, token } = await context.store.transact((tx) =>
      pageOf(
        (after) => replaysOf(tx, context.scope, NamePrefix ?? "", after),
        input,
        ({ name }) => name,
        (replay) =>
          (EventSourceArn === undefined || replay.archiveArn === EventSourceArn) &&
          (State === undefined || replay.state === State),
      ),
    );
    return { Replays: items.map(summary), ...token };
  },
} satisfies Handlers<typeof sdk>;

async function requireReplay(tx: Transaction, { scope }: Context, name: string): Promise<ReplayRecord> {
  const replay = await readReplay(tx, scope, name);
  if (!replay) throw missing("Replay", name);
  return replay;
}

const replayArn = ({ account, region, name }: ReplayRecord) =>
  formatArn("events", { account, region }, `replay/${name}`);

function summary(replay: ReplayRecord) {
  const { lastEventMs, endedMs, reason } = replay;
  return {
    ReplayName: replay.name,
    EventSourceArn: replay.archiveArn,
    State: replay.state,
    ...(reason === undefined ? {} : { StateReason: reason }),
    EventStartTime: new Date(replay.fromMs),
    EventEndTime: new Date(replay.toMs),
    ...(lastEventMs === undefined ? {} : { EventLastReplayedTime: new Date(lastEventMs) }),
    ReplayStartTime: new Date(replay.startedMs),
    ...(endedMs === undefined ? {} : { ReplayEndTime: new Date(endedMs) }),
  };
}
