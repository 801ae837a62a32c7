/**
 * The life of an execution environment. It outlives its process: after a crash or a time-out it is reset
 * (the process is replaced, `/tmp` is kept) and initialised again by the next invocation.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export const STATES = ["starting", "initialising", "idle", "busy", "frozen", "dead"] as const;
export type State = (typeof STATES)[number];

export const EVENTS = [
  /** A process with the runtime was handed the code. */
  "started",
  /** The handler is loaded. */
  "initialised",
  "invoked",
  "answered",
  "froze",
  "thawed",
  /** The process is gone or was killed; the environment stays. */
  "reset",
  "ended",
] as const;
export type Event = (typeof EVENTS)[number];

const TRANSITIONS: Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>> = {
  starting: { started: "initialising", ended: "dead" },
  initialising: { initialised: "idle", reset: "starting", ended: "dead" },
  idle: { invoked: "busy", froze: "frozen", reset: "starting", ended: "dead" },
  busy: { answered: "idle", reset: "starting", ended: "dead" },
  frozen: { thawed: "idle", reset: "starting", ended: "dead" },
  dead: {},
};

/** A bug in the platform: an environment was asked for what its state does not allow. */
export class IllegalTransition extends Error {
  override readonly name = "IllegalTransition";
}

/** The state after `event`, or IllegalTransition with both named. */
export function nextState(state: State, event: Event): State {
  const next = TRANSITIONS[state][event];
  if (!next) throw new IllegalTransition(`An environment that is ${state} cannot be ${event}.`);
  return next;
}
