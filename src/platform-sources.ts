import type { Lifecycle } from "./kernel/lifecycle.ts";
import { once } from "./kernel/once.ts";
import { SOURCE_KEYS } from "./kernel/sources.ts";
import type { FeedParts } from "./platform-feeds.ts";
import type { Sources } from "./sources/sources.ts";
import { whenThere } from "./store/whenever.ts";

/** Event sources, with what reads them loaded when somebody wants one. */
export interface SourcesRoom {
  start(): void;
  /** What people ask and decide. */
  streams(): Promise<Sources["streams"]>;
  /** Resolves when the signal has ended all and nothing is under way; end compute first, or together. */
  stop(): Promise<void>;
}

export function openSources(parts: FeedParts & { readonly lifecycle: Lifecycle }): SourcesRoom {
  const { lifecycle, log } = parts;
  const opening = once(async () => (await import("./platform-feeds.ts")).wireSources(parts));
  const world = { ...parts, signal: lifecycle.signal, begin: () => lifecycle.begin() };
  const keys = Object.values(SOURCE_KEYS).map((key) => [key]);
  let sources: Sources | undefined;
  let waiting = Promise.resolve();
  return {
    start() {
      waiting = whenThere(world, keys, async () => {
        sources = await opening();
        sources.start();
      });
      waiting.catch((error: unknown) => log.error("event sources are not read", { error }));
    },
    streams: async () => (await opening()).streams,
    async stop() {
      await waiting;
      await sources?.stop();
    },
  };
}
