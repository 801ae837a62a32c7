import type * as sdk from "@aws-sdk/client-kinesis";
import { statementsIn } from "../../kernel/policy.ts";
import type { Handlers } from "../define.ts";
import { fault, invalid } from "./faults.ts";
import { readResource, writeResource } from "./resources.ts";
import { requireActive, requireActiveConsumer } from "./statuses.ts";

const MOST_BYTES = 20 * 1024;

/** Kept and given back; nobody is kept out by them. */
export const policies = {
  async PutResourcePolicy({ ResourceARN = "", Policy = "" }, { store, clock }) {
    checkPolicy(Policy);
    await store.transact(async (tx) => {
      const resource = await readResource(tx, ResourceARN);
      const { stream, consumer } = resource;
      if (consumer) requireActiveConsumer(stream, consumer, clock.now());
      else requireActive(stream, clock.now());
      writeResource(tx, resource, { policy: Policy });
    });
    return {};
  },

  async GetResourcePolicy({ ResourceARN = "" }, { store }) {
    const { stream, consumer } = await store.transact((tx) => readResource(tx, ResourceARN));
    return { Policy: (consumer ?? stream).policy ?? "" };
  },

  async DeleteResourcePolicy({ ResourceARN = "" }, { store }) {
    await store.transact(async (tx) => {
      const resource = await readResource(tx, ResourceARN);
      if ((resource.consumer ?? resource.stream).policy === undefined) {
        throw fault("ResourceNotFoundException", `Resource policy for ${ResourceARN} not found.`);
      }
      writeResource(tx, resource, { policy: undefined });
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

function checkPolicy(text: string): void {
  if (Buffer.byteLength(text) > MOST_BYTES) throw invalid("The resource policy exceeds 20 KB.");
  if (!statementsIn(text)?.length) throw invalid("The resource policy is malformed.");
}
