import type * as sdk from "@aws-sdk/client-eventbridge";
import { Fault } from "../../kernel/faults.ts";
import { parseTraceHeader, type Trace } from "../../kernel/trace.ts";
import type { Context, Handlers } from "../define.ts";
import { checkEntries, type EntryError, readEntry } from "./entries.ts";
import { type BusEvent, eventText, isoSeconds } from "./event.ts";
import { type BusName, busArn, parseBus } from "./names.ts";
import { takersOf } from "./partners.ts";
import { takesEventsFrom } from "./policy.ts";
import { type Publication, publish } from "./publish.ts";
import { findBus } from "./require.ts";

const SECOND_MS = 1000;
const COUNTED_BYTES = 65_536;

export const putEvents = {
  /** Answers once events and deliveries are kept. An event for a bus that is not there is dropped. */
  async PutEvents(input, context) {
    const { store, principal, scope, clock } = context;
    const entries = input.Entries ?? [];
    checkEntries(entries);
    // Events of AWS's own come from its services only.
    const byService = principal.arn.endsWith(".amazonaws.com");
    const read = entries.map((entry) => eventOf(entry, context, byService));
    const given = entries.flatMap((entry, at) => {
      const one = read[at];
      if (!one || "ErrorCode" in one) return [];
      return [{ name: parseBus(entry.EventBusName, scope), publication: publicationOf(one) }];
    });
    const nowMs = Math.floor(clock.now());
    if (given.length > 0) {
      await store.transact(async (tx) => {
        for (const { name, publication } of given) {
          const bus = await findBus(tx, name, nowMs);
          if (!bus) continue;
          if (!takesEventsFrom(bus, principal.account)) throw notAllowed(context, name);
          await publish(store, tx, bus, publication, nowMs);
        }
      });
    }
    // Events of AWS's own services are free.
    if (!byService)
      meter(
        context,
        given.map(({ publication }) => publication.text),
      );
    return answerOf(read.map((one) => ("ErrorCode" in one ? one : { EventId: one.event.id })));
  },

  /** Every account that took the partner's source up gets the event, on the bus of that name. */
  async PutPartnerEvents(input, context) {
    const { store, scope, clock } = context;
    const entries = input.Entries ?? [];
    const read = entries.map((entry) => eventOf(entry, context, true));
    const nowMs = Math.floor(clock.now());
    return store.transact(async (tx) => {
      const answers: (EntryError | { EventId: string })[] = [];
      for (const one of read) {
        const takers = "ErrorCode" in one ? undefined : await takersOf(tx, scope, one.event.source);
        if ("ErrorCode" in one) answers.push(one);
        else if (!takers) answers.push(noSource(one.event.source));
        else {
          answers.push({ EventId: one.event.id });
          for (const taker of takers) {
            const bus = await findBus(tx, { ...taker, name: one.event.source }, nowMs);
            const own = { ...one, event: { ...one.event, account: taker.account } };
            if (bus) await publish(store, tx, bus, publicationOf(own), nowMs);
          }
        }
      }
      return answerOf(answers);
    });
  },
} satisfies Handlers<typeof sdk>;

/** AWS counts an event for every 64 KiB of it that were begun. */
function meter({ recorder, clock, scope, principal }: Context, texts: readonly string[]): void {
  const quantity = texts.reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / COUNTED_BYTES), 0);
  if (quantity === 0) return;
  const unit = "events:64KB-event";
  recorder.usage({ timeMs: clock.now(), ...scope, unit, quantity, cause: principal.arn });
}

function answerOf<Entry extends object>(Entries: Entry[]) {
  return { FailedEntryCount: Entries.filter((one) => "ErrorCode" in one).length, Entries };
}

function noSource(name: string): EntryError {
  return { ErrorCode: "InvalidArgument", ErrorMessage: `Event source ${name} does not exist.` };
}

/** An event that was given, its detail read, and the trace it belongs to. */
interface Given {
  readonly event: BusEvent;
  readonly detail: object;
  readonly trace: Trace;
}

function eventOf(entry: sdk.PutEventsRequestEntry, context: Context, byService: boolean): Given | EntryError {
  const read = readEntry(entry, byService);
  if ("ErrorCode" in read) return read;
  const { Time, Source = "", DetailType = "", Detail = "", Resources = [] } = entry;
  const event: BusEvent = {
    id: context.ids.uuid(),
    detailType: DetailType,
    source: Source,
    account: context.principal.account,
    region: context.scope.region,
    timeMs: Math.floor((Time?.getTime() ?? context.clock.now()) / SECOND_MS) * SECOND_MS,
    resources: Resources,
    detail: Detail,
  };
  return { event, detail: read.detail, trace: traceOf(entry.TraceHeader, context.trace) };
}

function publicationOf({ event, detail, trace }: Given): Publication {
  const read = {
    version: "0",
    id: event.id,
    "detail-type": event.detailType,
    source: event.source,
    account: event.account,
    time: isoSeconds(event.timeMs),
    region: event.region,
    resources: event.resources,
    detail,
  };
  return { id: event.id, timeMs: event.timeMs, text: eventText(event), event: read, trace };
}

/** The entry's own trace wins; how often functions ran in the chain is known from the call's. */
function traceOf(header: string | undefined, trace: Trace): Trace {
  const own = parseTraceHeader(header);
  if (!own) return trace;
  return own.lineage.length > 0 ? own : { ...own, lineage: trace.lineage };
}

function notAllowed({ principal }: Context, bus: BusName): Fault {
  return new Fault(
    "AccessDeniedException",
    `User: ${principal.arn} is not authorized to perform: events:PutEvents on resource: ${busArn(bus)} ` +
      "because no resource-based policy allows the events:PutEvents action",
  );
}
