// The service without a platform around it.
import type { AsyncEvent } from "../../kernel/functions.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { type Called, type Direct as DirectService, directService } from "../direct.fixture.ts";
import { service } from "./service.ts";

export type { Called };
export type Direct = DirectService<typeof service.handlers>;

/** `enqueue`: what becomes of events for functions, in the transaction given. */
export function directEvents(
  store: Store,
  called: Called,
  enqueue?: (tx: Transaction, event: AsyncEvent) => void,
): Direct {
  return directService("events", service, store, called, enqueue);
}
