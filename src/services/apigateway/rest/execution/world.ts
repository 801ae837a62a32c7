import type { Background, Context } from "../../../define.ts";

const worlds = new WeakMap<object, Background>();

/**
 * Keeps the world in which APIs answer, for whoever tries one. Resolves at once: nothing goes on between
 * calls.
 */
export async function rememberWorld(world: Background): Promise<void> {
  worlds.set(world.clock, world);
}

/** The world of a caller's platform. */
export function worldOf({ clock }: Pick<Context, "clock">): Background {
  const world = worlds.get(clock);
  // It is remembered when the service is loaded, before anybody calls it.
  if (!world) throw new TypeError("The service was not begun.");
  return world;
}
