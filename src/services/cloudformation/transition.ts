import type { Transaction } from "../../store/store.ts";
import type { Background } from "../define.ts";
import { setStack } from "./events.ts";
import { read, type StackRecord, stackKey } from "./records.ts";

type World = Pick<Background, "store" | "clock" | "ids">;

/** Whether what is done for a stack is still what was asked of it last. */
export const isSameTask = (one: StackRecord, other: StackRecord | undefined): boolean =>
  one.status === other?.status && one.operation?.id === other.operation?.id;

/**
 * Gives a stack its next status, unless something else was asked of it meanwhile; `also`: what goes with it.
 * What others have written of the stack is kept.
 */
export function moveOn(
  world: World,
  stack: StackRecord,
  status: StackRecord["status"],
  change: Partial<StackRecord> = {},
  also?: (tx: Transaction, current: StackRecord) => Promise<void>,
): Promise<void> {
  return world.store.transact(async (tx) => {
    const current = await read<StackRecord>(tx, stackKey(stack, stack.stackId));
    if (!current || !isSameTask(stack, current)) return;
    await also?.(tx, current);
    setStack(tx, world, current, status, change);
  });
}
