import type * as sdk from "@aws-sdk/client-eventbridge";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { exists, fault, missing } from "./faults.ts";
import { pageOf } from "./paging.ts";
import { collection } from "./records.ts";

/** A source that a partner made for an account, as that account sees it. */
interface SourceRecord extends Scope {
  readonly v: 1;
  /** `aws.partner/<partner>/<name>`, which is also the name of its bus. */
  readonly name: string;
  readonly partner: string;
  readonly state: "PENDING" | "ACTIVE" | "DELETED";
  readonly createdMs: number;
  /** A source that nobody took up is gone by then. */
  readonly expiresMs: number;
}

/** The same as the partner sees it: one for each account. */
interface OfferRecord extends Scope {
  readonly v: 1;
  /** The source's name, a blank, and the account's id: neither holds a blank. */
  readonly name: string;
  readonly source: string;
  readonly customer: string;
}

const sources = collection<SourceRecord>("source");
const offers = collection<OfferRecord>("offer");
/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreatePartnerEventSource.html */
const PENDING_MS = 14 * 86_400_000;

/** Whoever asks may be a partner here: the platform knows no contract. */
export const partners = {
  async CreatePartnerEventSource(input, { scope, clock, store }) {
    const { Name: name = "", Account: customer = "" } = input;
    const nowMs = Math.floor(clock.now());
    await store.transact(async (tx) => {
      const at = { account: customer, region: scope.region };
      const known = await findSource(tx, at, name, nowMs);
      if (known && known.state !== "DELETED") throw exists("Event source", name);
      sources.put(tx, {
        v: 1,
        ...at,
        name,
        partner: scope.account,
        state: "PENDING",
        createdMs: nowMs,
        expiresMs: nowMs + PENDING_MS,
      });
      offers.put(tx, { v: 1, ...scope, name: `${name} ${customer}`, source: name, customer });
    });
    return { EventSourceArn: sourceArn(scope, name) };
  },

  async DeletePartnerEventSource(input, { scope, store }) {
    const { Name: name = "", Account: customer = "" } = input;
    await store.transact(async (tx) => {
      const offer = await offers.get(tx, scope, `${name} ${customer}`);
      if (!offer) return;
      offers.remove(tx, offer);
      const source = await sources.get(tx, { account: customer, region: scope.region }, name);
      if (source) sources.put(tx, { ...source, state: "DELETED" });
    });
    return {};
  },

  async DescribePartnerEventSource(input, { scope, store }) {
    const name = input.Name ?? "";
    const found = await store.transact((tx) => firstOffer(tx, scope, name));
    if (!found) throw missing("Event source", name);
    return { Name: name, Arn: sourceArn(scope, name) };
  },

  async ListPartnerEventSources(input, { scope, store }) {
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => distinct(offers.list(tx, scope, input.NamePrefix ?? "", after)),
        input,
        ({ name }) => name,
      ),
    );
    return {
      PartnerEventSources: items.map(({ source }) => ({ Name: source, Arn: sourceArn(scope, source) })),
      ...token,
    };
  },

  async ListPartnerEventSourceAccounts(input, { scope, store }) {
    const name = input.EventSourceName ?? "";
    return store.transact(async (tx) => {
      if (!(await firstOffer(tx, scope, name))) throw missing("Event source", name);
      const { items, token } = await pageOf(
        (after) => offers.list(tx, scope, `${name} `, after),
        input,
        (offer) => offer.name,
      );
      const accounts: sdk.PartnerEventSourceAccount[] = [];
      for (const { customer } of items) {
        const source = await sources.get(tx, { account: customer, region: scope.region }, name);
        if (source) accounts.push({ Account: customer, ...times(source), State: source.state });
      }
      return { PartnerEventSourceAccounts: accounts, ...token };
    });
  },

  async DescribeEventSource(input, context) {
    const name = input.Name ?? "";
    const source = await context.store.transact((tx) => requireSource(tx, context, name));
    return describe(source);
  },

  async ListEventSources(input, { scope, clock, store }) {
    const nowMs = clock.now();
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => sources.list(tx, scope, input.NamePrefix ?? "", after),
        input,
        ({ name }) => name,
        (source) => !isExpired(source, nowMs),
      ),
    );
    return { EventSources: items.map(describe), ...token };
  },

  async ActivateEventSource(input, context) {
    await setState(context, input.Name, "PENDING", "ACTIVE");
    return {};
  },

  async DeactivateEventSource(input, context) {
    await setState(context, input.Name, "ACTIVE", "PENDING");
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** The accounts whose buses take a partner's events under a name. */
export async function takersOf(tx: Transaction, scope: Scope, source: string): Promise<Scope[] | undefined> {
  if (!(await firstOffer(tx, scope, source))) return undefined;
  const found: Scope[] = [];
  for await (const { customer } of offers.list(tx, scope, `${source} `)) {
    const at = { account: customer, region: scope.region };
    if ((await sources.get(tx, at, source))?.state === "ACTIVE") found.push(at);
  }
  return found;
}

/** Takes a source up with the bus that is made for it. */
export async function activate(tx: Transaction, scope: Scope, name: string, nowMs: number): Promise<void> {
  const source = await findSource(tx, scope, name, nowMs);
  if (!source) throw missing("Event source", name);
  if (source.state !== "PENDING") throw inState(source);
  sources.put(tx, { ...source, state: "ACTIVE" });
}

/** A source whose bus is gone waits to be taken up again. */
export async function deactivate(tx: Transaction, scope: Scope, name: string): Promise<void> {
  const source = await sources.get(tx, scope, name);
  if (source?.state === "ACTIVE") sources.put(tx, { ...source, state: "PENDING" });
}

async function setState(
  context: Context,
  name: string | undefined,
  from: SourceRecord["state"],
  to: SourceRecord["state"],
): Promise<void> {
  await context.store.transact(async (tx) => {
    const source = await requireSource(tx, context, name ?? "");
    if (source.state !== from) throw inState(source);
    sources.put(tx, { ...source, state: to });
  });
}

const inState = ({ name, state }: SourceRecord) =>
  fault("InvalidStateException", `Event source ${name} is in state ${state}.`);

async function requireSource(tx: Transaction, { scope, clock }: Context, name: string) {
  const source = await findSource(tx, scope, name, clock.now());
  if (!source) throw missing("Event source", name);
  return source;
}

async function findSource(tx: Transaction, scope: Scope, name: string, nowMs: number) {
  const source = await sources.get(tx, scope, name);
  return source && !isExpired(source, nowMs) ? source : undefined;
}

const isExpired = ({ state, expiresMs }: SourceRecord, nowMs: number) =>
  state === "PENDING" && expiresMs <= nowMs;

async function firstOffer(tx: Transaction, scope: Scope, source: string): Promise<OfferRecord | undefined> {
  for await (const offer of offers.list(tx, scope, `${source} `)) return offer;
  return undefined;
}

/** The first of each source's offers, which lie side by side; a page may begin in their midst. */
async function* distinct(all: AsyncIterable<OfferRecord>) {
  let last = "";
  for await (const offer of all) {
    if (offer.source !== last) yield offer;
    last = offer.source;
  }
}

/** Of AWS as a whole, not of an account. */
const sourceArn = ({ region }: Pick<Scope, "region">, name: string) =>
  `arn:aws:events:${region}::event-source/${name}`;

const times = ({ createdMs, expiresMs }: SourceRecord) => ({
  CreationTime: new Date(createdMs),
  ExpirationTime: new Date(expiresMs),
});

function describe(source: SourceRecord) {
  const { name, partner, state } = source;
  return { Name: name, Arn: sourceArn(source, name), CreatedBy: partner, ...times(source), State: state };
}
