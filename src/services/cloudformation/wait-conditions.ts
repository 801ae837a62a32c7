import type { Context, ResourceTypes } from "../define.ts";
import { members, number, type ResourceInput, text } from "../resource-types.ts";
import { CANCELLED } from "./failures.ts";
import { unstable } from "./faults.ts";
import {
  awaitLetters,
  closeAddress,
  type Letter,
  noteSent,
  openAddress,
  sentAtMs,
  signalToken,
} from "./mailbox.ts";

const tokenOf = (address: string) => address.split("/").at(-1) ?? "";
const USUAL_S = 300;

/** A stack waits until so many have written to the handle's address, or signalled the resource itself. */
export const waitConditions: ResourceTypes = {
  "AWS::CloudFormation::WaitConditionHandle": {
    properties: {},
    attributes: [],
    create: async (context) => ({ id: await openAddress(context, context.ids.uuid()), attributes: {} }),
    update: async (_context, _resource, made) => made,
    delete: (context, { id }) => closeAddress(context, tokenOf(id)),
  },
  "AWS::CloudFormation::WaitCondition": {
    properties: { Count: "update", Handle: "update", Timeout: "update" },
    attributes: ["Data"],
    resumes: true,
    async create(context, resource) {
      const waiting = waitingOf(resource);
      const made = { id: resource.name(128), attributes: { Data: "{}" } };
      if (!waiting) return made;
      const letters = await heard(context, resource.token, waiting);
      const refused = letters.find(({ Status }) => Status !== "SUCCESS");
      if (refused) {
        const { Reason, UniqueId } = refused;
        // A signal has no reason.
        throw unstable(
          Reason === undefined
            ? `Received FAILURE signal with UniqueId ${UniqueId}`
            : `WaitCondition received failed message: '${Reason}' for uniqueId: ${UniqueId}`,
        );
      }
      if (letters.length < waiting.count) {
        throw unstable(
          `WaitCondition timed out. Received ${letters.length} conditions when expecting ${waiting.count}`,
        );
      }
      const data = Object.fromEntries(letters.map(({ UniqueId, Data }) => [String(UniqueId), Data]));
      return { ...made, attributes: { Data: JSON.stringify(data) } };
    },
    // It has waited when it was made.
    update: async (_context, _resource, made) => made,
    delete: async () => {},
  },
};

interface Waiting {
  readonly token: string;
  readonly count: number;
  readonly seconds: number;
}

function waitingOf({ properties, creationPolicy, stackId, logicalId }: ResourceInput): Waiting | undefined {
  const handle = text(properties.Handle);
  if (handle !== undefined) {
    const count = number(properties.Count) ?? 1;
    return { token: tokenOf(handle), count, seconds: number(properties.Timeout) ?? 0 };
  }
  if (creationPolicy.ResourceSignal === undefined) return undefined;
  const signal = members(creationPolicy.ResourceSignal);
  const seconds = secondsOf(text(signal.Timeout)) ?? USUAL_S;
  return { token: signalToken(stackId, logicalId), count: number(signal.Count) ?? 1, seconds };
}

/** Of `PT1H5M`, as ISO 8601 has it. */
function secondsOf(duration = ""): number | undefined {
  const parts = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration)?.slice(1);
  return parts?.reduce((sum, part) => sum * 60 + Number(part ?? 0), 0);
}

/** The time counts from when it was begun, also after a restart. */
async function heard(
  context: Context,
  token: string,
  { token: address, count, seconds }: Waiting,
): Promise<readonly Letter[]> {
  const sinceMs = (await sentAtMs(context, token)) ?? (await noteSent(context, token));
  try {
    return await awaitLetters(context, address, count, sinceMs + seconds * 1000);
  } finally {
    if (!context.signal.aborted || context.signal.reason === CANCELLED) await closeAddress(context, token);
  }
}
