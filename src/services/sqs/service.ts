import type { Service } from "../define.ts";
import { background } from "./background.ts";
import { deadLetters } from "./dead-letters.ts";
import { messages } from "./messages.ts";
import { moves } from "./moves.ts";
import { permissions } from "./permissions.ts";
import { queues } from "./queues.ts";
import { receipts } from "./receipts.ts";
import { receive } from "./receive.ts";
import { tags } from "./tags.ts";

export const service: Service<"sqs"> = {
  handlers: {
    ...queues,
    ...messages,
    ...receive,
    ...receipts,
    ...deadLetters,
    ...moves,
    ...tags,
    ...permissions,
  },
  background,
};
