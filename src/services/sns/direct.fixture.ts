// The service without a platform around it, and what its tests need besides.
import type { AsyncEvent } from "../../kernel/functions.ts";
import type { Store, Transaction } from "../../store/store.ts";
import { type Called, type Direct as DirectService, directService } from "../direct.fixture.ts";
import { service } from "./service.ts";

/** What a queue is sent, by its name; `tx`: as part of a transaction. */
export type Send = (queue: string, input: Record<string, unknown>, tx?: Transaction) => Promise<void>;

export type Direct = DirectService<typeof service.handlers>;

/** `enqueue`: what becomes of events for functions, in the transaction given. */
export function directSns(
  store: Store,
  send: Send,
  enqueue?: (tx: Transaction, event: AsyncEvent) => void,
): Direct {
  const called: Called = async (operation, input, tx) => {
    if (operation === "sqs.SendMessage")
      await send(String(input.QueueUrl).split("/").at(-1) ?? "", input, tx);
  };
  return directService("sns", service, store, called, enqueue);
}

/** The same chances every time: a linear congruence, as good as any here. */
export function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A store that is cut off from one moment on, as by the death of its process. */
export function mortal(store: Store): Store & { die(): void } {
  let dead = false;
  const never = new Promise<never>(() => {});
  return {
    transact: (body) => (dead ? never : store.transact(body)),
    watch: (prefix, signal) => (dead ? never : store.watch(prefix, signal)),
    clear: () => store.clear(),
    close: () => store.close(),
    die() {
      dead = true;
    },
  };
}
