import type * as sdk from "@aws-sdk/client-eventbridge";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { exists, invalid, missing } from "./faults.ts";
import { parseBusArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import { collection } from "./records.ts";

/** A global endpoint. Here no region fails: what is put to it goes to the bus of the request's region. */
interface EndpointRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  readonly id: string;
  readonly description?: string;
  readonly routing: sdk.RoutingConfig;
  readonly replication: sdk.ReplicationState;
  readonly buses: readonly string[];
  readonly roleArn?: string;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

const records = collection<EndpointRecord>("endpoint");

export const endpoints = {
  async CreateEndpoint(input, context) {
    const { scope, ids, clock, store } = context;
    const name = input.Name ?? "";
    const nowMs = Math.floor(clock.now());
    const created: EndpointRecord = {
      v: 1,
      ...scope,
      name,
      id: `${ids.base32(10).toLowerCase()}.${ids.base32(3).toLowerCase()}`,
      ...settingsOf(input),
      routing: routingOf(input.RoutingConfig),
      replication: input.ReplicationConfig?.State ?? "ENABLED",
      buses: busesOf(input.EventBuses, scope),
      createdMs: nowMs,
      modifiedMs: nowMs,
    };
    checkReplication(created);
    await store.transact(async (tx) => {
      if (await records.get(tx, scope, name)) throw exists("Endpoint", name);
      records.put(tx, created);
    });
    return { ...settings(created), State: "CREATING" as const };
  },

  async UpdateEndpoint(input, context) {
    const { scope, clock, store } = context;
    const changed = await store.transact(async (tx) => {
      const old = await requireEndpoint(tx, context, input.Name);
      const next: EndpointRecord = {
        ...old,
        ...settingsOf(input),
        ...(input.RoutingConfig ? { routing: routingOf(input.RoutingConfig) } : {}),
        replication: input.ReplicationConfig?.State ?? old.replication,
        ...(input.EventBuses ? { buses: busesOf(input.EventBuses, scope) } : {}),
        modifiedMs: Math.floor(clock.now()),
      };
      checkReplication(next);
      records.put(tx, next);
      return next;
    });
    return { ...settings(changed), ...address(changed), State: "UPDATING" as const };
  },

  async DescribeEndpoint(input, context) {
    return describe(await context.store.transact((tx) => requireEndpoint(tx, context, input.Name)));
  },

  async ListEndpoints(input, context) {
    const { NamePrefix = "", MaxResults: Limit, NextToken, HomeRegion } = input;
    const { items, token } = await context.store.transact((tx) =>
      pageOf(
        (after) => records.list(tx, context.scope, NamePrefix, after),
        { Limit, NextToken },
        ({ name }) => name,
        ({ region }) => HomeRegion === undefined || region === HomeRegion,
      ),
    );
    return { Endpoints: items.map(describe), ...token };
  },

  async DeleteEndpoint(input, context) {
    await context.store.transact(async (tx) => {
      records.remove(tx, await requireEndpoint(tx, context, input.Name));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function requireEndpoint(tx: Transaction, { scope }: Context, name = ""): Promise<EndpointRecord> {
  const found = await records.get(tx, scope, name);
  if (!found) throw missing("Endpoint", name);
  return found;
}

function settingsOf({ Description, RoleArn }: sdk.UpdateEndpointRequest) {
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(RoleArn === undefined ? {} : { roleArn: RoleArn }),
  };
}

function routingOf(routing: sdk.RoutingConfig | undefined): sdk.RoutingConfig {
  const { Primary, Secondary } = routing?.FailoverConfig ?? {};
  return {
    FailoverConfig: {
      Primary: { HealthCheck: Primary?.HealthCheck },
      Secondary: { Route: Secondary?.Route },
    },
  };
}

/** Two buses of one name, in two regions, one of them this one. */
function busesOf(given: readonly sdk.EndpointEventBus[] | undefined, { region }: Scope): readonly string[] {
  const arns = (given ?? []).map(({ EventBusArn = "" }) => EventBusArn);
  const [one, other] = arns.map(parseBusArn);
  if (one?.name !== other?.name || one?.account !== other?.account) {
    throw invalid("Event buses must have the same name and account.");
  }
  if (one?.region === other?.region) throw invalid("Event buses must be in different Regions.");
  if (one?.region !== region) throw invalid("The first event bus must be in the Region of the endpoint.");
  return arns;
}

function checkReplication({ replication, roleArn }: EndpointRecord): void {
  if (replication === "ENABLED" && roleArn === undefined) {
    throw invalid("RoleArn is required when event replication is enabled.");
  }
}

const endpointArn = ({ account, region, name }: EndpointRecord) =>
  formatArn("events", { account, region }, `endpoint/${name}`);

function settings(endpoint: EndpointRecord) {
  const { name, routing, replication, buses, roleArn } = endpoint;
  return {
    Name: name,
    Arn: endpointArn(endpoint),
    RoutingConfig: routing,
    ReplicationConfig: { State: replication },
    EventBuses: buses.map((EventBusArn) => ({ EventBusArn })),
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
    State: "ACTIVE" as const,
  };
}

const address = ({ id }: EndpointRecord) => ({
  EndpointId: id,
  EndpointUrl: `https://${id}.endpoint.events.amazonaws.com/`,
});

function describe(endpoint: EndpointRecord) {
  const { description } = endpoint;
  return {
    ...settings(endpoint),
    ...address(endpoint),
    ...(description === undefined ? {} : { Description: description }),
    CreationTime: new Date(endpoint.createdMs),
    LastModifiedTime: new Date(endpoint.modifiedMs),
  };
}
