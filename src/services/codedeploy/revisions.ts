import type * as sdk from "@aws-sdk/client-codedeploy";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { checkName, requireApplication, tooMany } from "./applications.ts";
import { fault } from "./faults.ts";
import { pageOf } from "./paging.ts";
import { applicationKey, type RevisionRecord, write } from "./records.ts";

/** Revisions that were registered with an application, or deployed. */
export const revisions = {
  async RegisterApplicationRevision(input, context) {
    const name = checkName(input.applicationName);
    const location = input.revision;
    if (!location) throw fault("RevisionRequiredException", "Revision is required");
    await context.store.transact(async (tx) => {
      const record = await requireApplication(tx, context.scope, name);
      const others = record.revisions.filter((each) => !isSame(each.location, location));
      const registered = {
        location,
        description: input.description,
        registeredMs: context.clock.now(),
      };
      write(tx, applicationKey(context.scope, name), { ...record, revisions: [...others, registered] });
    });
    return {};
  },

  async GetApplicationRevision(input, context) {
    const name = checkName(input.applicationName);
    const { revision: wanted } = input;
    if (!wanted) throw fault("RevisionRequiredException", "Revision is required");
    const { revisions: known } = await context.store.transact((tx) =>
      requireApplication(tx, context.scope, name),
    );
    const found = known.find(({ location }) => isSame(location, wanted));
    if (!found) throw fault("RevisionDoesNotExistException", "The revision could not be found.");
    return { applicationName: name, revision: found.location, revisionInfo: describe(found) };
  },

  async BatchGetApplicationRevisions(input, context) {
    const name = checkName(input.applicationName);
    const wanted = input.revisions ?? [];
    if (wanted.length > 25) throw tooMany();
    const { revisions: known } = await context.store.transact((tx) =>
      requireApplication(tx, context.scope, name),
    );
    const found = known.filter(({ location }) => wanted.some((each) => isSame(each, location)));
    return {
      applicationName: name,
      revisions: found.map((each) => ({
        revisionLocation: each.location,
        genericRevisionInfo: describe(each),
      })),
    };
  },

  async ListApplicationRevisions(input, context) {
    const name = checkName(input.applicationName);
    const { revisions: known } = await context.store.transact((tx) =>
      requireApplication(tx, context.scope, name),
    );
    const by = input.sortBy ?? "registerTime";
    const timeOf = ({ registeredMs, firstUsedMs = 0, lastUsedMs = 0 }: RevisionRecord) =>
      by === "registerTime" ? registeredMs : by === "firstUsedTime" ? firstUsedMs : lastUsedMs;
    const isWanted = ({ lastUsedMs }: RevisionRecord) =>
      (input.deployed ?? "ignore") === "ignore" ||
      (input.deployed === "include") === (lastUsedMs !== undefined);
    const sorted = known.filter(isWanted).sort((one, other) => timeOf(one) - timeOf(other));
    if (input.sortOrder === "descending") sorted.reverse();
    const { items, next } = pageOf(sorted, input.nextToken);
    return { revisions: items.map(({ location }) => location), ...next };
  },
} satisfies Handlers<typeof sdk>;

/** Notes that a revision is deployed now. */
export async function noteUse(
  tx: Transaction,
  scope: Scope,
  application: string,
  location: sdk.RevisionLocation,
  nowMs: number,
): Promise<void> {
  const record = await requireApplication(tx, scope, application);
  const known = record.revisions.find((each) => isSame(each.location, location));
  const used: RevisionRecord = {
    firstUsedMs: nowMs,
    registeredMs: nowMs,
    ...known,
    location,
    lastUsedMs: nowMs,
  };
  const others = record.revisions.filter((each) => each !== known);
  // As many as anybody would look at.
  write(tx, applicationKey(scope, application), { ...record, revisions: [...others, used].slice(-100) });
}

const isSame = (one: sdk.RevisionLocation, other: sdk.RevisionLocation) =>
  JSON.stringify(one) === JSON.stringify(other);

function describe({
  description,
  registeredMs,
  firstUsedMs,
  lastUsedMs,
}: RevisionRecord): sdk.GenericRevisionInfo {
  return {
    registerTime: new Date(registeredMs),
    ...(description === undefined ? {} : { description }),
    ...(firstUsedMs === undefined ? {} : { firstUsedTime: new Date(firstUsedMs) }),
    ...(lastUsedMs === undefined ? {} : { lastUsedTime: new Date(lastUsedMs) }),
  };
}
