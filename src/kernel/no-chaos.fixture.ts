import type { Chaos } from "./chaos.ts";

/** A platform on which nothing goes wrong on purpose. */
export const NO_CHAOS: Chaos = { active: false, strike: () => undefined };
