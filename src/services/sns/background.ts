import { whenever } from "../../store/whenever.ts";
import type { Background } from "../define.ts";
import { expiries, notices } from "./confirmations.ts";
import { expire } from "./confirming.ts";
import { deliver } from "./deliver.ts";
import { deliverByHttp } from "./deliver-http.ts";
import { deliveries, posts } from "./deliveries.ts";
import { fanOut } from "./fan-out.ts";
import { LETTERS, thinLetters } from "./letters.ts";
import { sendNotice } from "./notices.ts";
import { publications } from "./publishing.ts";

/** What goes on between calls: messages reach their subscriptions, endpoints are asked and told. */
export async function background(world: Background): Promise<void> {
  await Promise.all([
    publications.run(world, (job) => fanOut(world, job)),
    deliveries.run(world, (job) => deliver(world, job)),
    posts.run(world, (job) => deliverByHttp(world, job)),
    notices.run(world, (job) => sendNotice(world, job)),
    expiries.run(world, (job) => expire(world, job)),
    whenever(world, LETTERS, async () => {
      await world.store.transact(thinLetters);
      return undefined;
    }),
  ]);
}
