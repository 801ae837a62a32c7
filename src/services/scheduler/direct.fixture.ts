// The service without a platform around it.
import type { Store } from "../../store/store.ts";
import { type Direct as DirectService, directService } from "../direct.fixture.ts";
import { service } from "./service.ts";

export type Direct = DirectService<typeof service.handlers>;

/** `sent`: what is called when a message is sent to a queue. */
export function directScheduler(store: Store, sent: (body: string) => void): Direct {
  return directService("scheduler", service, store, async (_, input) => sent(String(input.MessageBody)));
}
