import type { ResourceTypes } from "../define.ts";
import { number, text } from "../resource-types.ts";
import { fault } from "./faults.ts";
import { awaitLetters, closeAddress, openAddress } from "./mailbox.ts";

const tokenOf = (address: string) => address.split("/").at(-1) ?? "";

/** A stack waits until so many have written to the handle's address. */
export const waitConditions: ResourceTypes = {
  "AWS::CloudFormation::WaitConditionHandle": {
    properties: {},
    create: async (context) => ({ id: await openAddress(context, context.ids.uuid()), attributes: {} }),
    delete: (context, { id }) => closeAddress(context, tokenOf(id)),
  },
  "AWS::CloudFormation::WaitCondition": {
    properties: { Count: "accepted", Handle: "accepted", Timeout: "accepted" },
    async create(context, { properties, name }) {
      const handle = text(properties.Handle);
      const count = number(properties.Count) ?? 1;
      const seconds = number(properties.Timeout) ?? 0;
      if (handle === undefined) return { id: name(128), attributes: { Data: "{}" } };
      const token = tokenOf(handle);
      const untilMs = context.clock.now() + seconds * 1000;
      const letters = await awaitLetters(context, token, count, untilMs);
      if (!letters) {
        throw failed(`WaitCondition timed out. Received 0 conditions when expecting ${count}`);
      }
      const refused = letters.find(({ Status }) => Status !== "SUCCESS");
      if (refused) {
        throw failed(
          `WaitCondition received failed message: '${refused.Reason}' for uniqueId: ${refused.UniqueId}`,
        );
      }
      const data = Object.fromEntries(letters.map(({ UniqueId, Data }) => [String(UniqueId), Data]));
      return { id: name(128), attributes: { Data: JSON.stringify(data) } };
    },
    delete: async () => {},
  },
};

const failed = (message: string) => fault("OperationInProgressException", message);
