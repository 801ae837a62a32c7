import type * as sdk from "@aws-sdk/client-eventbridge";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import {
  connectionMissing,
  connectionRecords,
  type DestinationRecord,
  destinationArn,
  destinationMissing,
  destinationRecords,
} from "./connection-records.ts";
import { fault, invalidParameter } from "./faults.ts";
import { nameInArn } from "./names.ts";
import { pageOf } from "./paging.ts";

const USUAL_RATE = 300;

export const apiDestinations = {
  async CreateApiDestination(input, context) {
    const { scope, ids, clock, store } = context;
    const name = input.Name ?? "";
    checkEndpoint(input.InvocationEndpoint);
    const nowMs = Math.floor(clock.now());
    const created: DestinationRecord = {
      v: 1,
      ...scope,
      name,
      id: ids.uuid(),
      ...(input.Description === undefined ? {} : { description: input.Description }),
      connectionArn: input.ConnectionArn ?? "",
      endpoint: input.InvocationEndpoint ?? "",
      method: input.HttpMethod ?? "POST",
      perSecond: input.InvocationRateLimitPerSecond ?? USUAL_RATE,
      createdMs: nowMs,
      modifiedMs: nowMs,
    };
    return store.transact(async (tx) => {
      if (await destinationRecords.get(tx, scope, name)) {
        throw fault("ResourceAlreadyExistsException", `An api-destination '${name}' already exists.`);
      }
      await requireConnection(tx, context, created.connectionArn);
      destinationRecords.put(tx, created);
      return summary(tx, created);
    });
  },

  async UpdateApiDestination(input, context) {
    const { scope, clock, store } = context;
    const name = input.Name ?? "";
    if (input.InvocationEndpoint !== undefined) checkEndpoint(input.InvocationEndpoint);
    const nowMs = Math.floor(clock.now());
    return store.transact(async (tx) => {
      const old = await requireDestination(tx, context, name);
      if (input.ConnectionArn !== undefined) await requireConnection(tx, context, input.ConnectionArn);
      const changed: DestinationRecord = {
        ...old,
        ...scope,
        ...(input.Description === undefined ? {} : { description: input.Description }),
        connectionArn: input.ConnectionArn ?? old.connectionArn,
        endpoint: input.InvocationEndpoint ?? old.endpoint,
        method: input.HttpMethod ?? old.method,
        perSecond: input.InvocationRateLimitPerSecond ?? old.perSecond,
        modifiedMs: nowMs,
      };
      destinationRecords.put(tx, changed);
      return summary(tx, changed);
    });
  },

  async DescribeApiDestination(input, context) {
    return context.store.transact(async (tx) => {
      const found = await requireDestination(tx, context, input.Name ?? "");
      const { description } = found;
      return {
        ...(await described(tx, found)),
        ...(description === undefined ? {} : { Description: description }),
      };
    });
  },

  async ListApiDestinations(input, context) {
    return context.store.transact(async (tx) => {
      const { items, token } = await pageOf(
        (after) => destinationRecords.list(tx, context.scope, input.NamePrefix ?? "", after),
        input,
        ({ name }) => name,
        ({ connectionArn }) => input.ConnectionArn === undefined || connectionArn === input.ConnectionArn,
      );
      return { ApiDestinations: await Promise.all(items.map((one) => described(tx, one))), ...token };
    });
  },

  async DeleteApiDestination(input, context) {
    await context.store.transact(async (tx) => {
      destinationRecords.remove(tx, await requireDestination(tx, context, input.Name ?? ""));
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function requireDestination(tx: Transaction, { scope }: Context, name: string) {
  const found = await destinationRecords.get(tx, scope, name);
  if (!found) throw destinationMissing(name);
  return found;
}

async function requireConnection(tx: Transaction, { scope }: Context, arn: string): Promise<void> {
  const name = nameInArn(arn, "connection") ?? "";
  if (!(await connectionRecords.get(tx, scope, name))) throw connectionMissing(name);
}

/** AWS takes https alone; on a machine of one's own, plain http is as good. */
function checkEndpoint(endpoint = ""): void {
  if (/^https?:\/\/[^/]/.test(endpoint) && URL.canParse(endpoint.replaceAll("*", "x"))) return;
  throw invalidParameter("InvocationEndpoint", "The endpoint must be a valid HTTPS URL.");
}

/** A destination is as active as its connection. */
async function stateOf(tx: Transaction, destination: DestinationRecord) {
  const name = nameInArn(destination.connectionArn, "connection") ?? "";
  const connection = await connectionRecords.get(tx, destination, name);
  return connection?.state === "AUTHORIZED" ? ("ACTIVE" as const) : ("INACTIVE" as const);
}

async function summary(tx: Transaction, destination: DestinationRecord) {
  return {
    ApiDestinationArn: destinationArn(destination),
    ApiDestinationState: await stateOf(tx, destination),
    CreationTime: new Date(destination.createdMs),
    LastModifiedTime: new Date(destination.modifiedMs),
  };
}

async function described(tx: Transaction, destination: DestinationRecord) {
  return {
    ...(await summary(tx, destination)),
    Name: destination.name,
    ConnectionArn: destination.connectionArn,
    InvocationEndpoint: destination.endpoint,
    HttpMethod: destination.method,
    InvocationRateLimitPerSecond: destination.perSecond,
  };
}
