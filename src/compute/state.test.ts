import { describe, expect, it } from "vitest";
import { EVENTS, type Event, IllegalTransition, nextState, STATES, type State } from "./state.ts";

/** Written out apart from the table, so that a change of either is noticed. */
const ALLOWED: readonly (readonly [State, Event, State])[] = [
  ["starting", "started", "initialising"],
  ["starting", "ended", "dead"],
  ["initialising", "initialised", "idle"],
  ["initialising", "reset", "starting"],
  ["initialising", "ended", "dead"],
  ["idle", "invoked", "busy"],
  ["idle", "froze", "frozen"],
  ["idle", "reset", "starting"],
  ["idle", "ended", "dead"],
  ["busy", "answered", "idle"],
  ["busy", "reset", "starting"],
  ["busy", "ended", "dead"],
  ["frozen", "thawed", "idle"],
  ["frozen", "reset", "starting"],
  ["frozen", "ended", "dead"],
];
const pairs = STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const));

describe("the life of an environment", () => {
  it.each(pairs)("%s, %s", (state, event) => {
    const allowed = ALLOWED.find(([from, by]) => from === state && by === event);
    if (allowed) {
      expect(nextState(state, event)).toBe(allowed[2]);
      return;
    }
    const refusal = () => nextState(state, event);
    expect(refusal).toThrow(IllegalTransition);
    expect(refusal).toThrow(`An environment that is ${state} cannot be ${event}.`);
  });
});
