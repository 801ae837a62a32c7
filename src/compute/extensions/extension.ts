import type { ServerResponse } from "node:http";

export type LifecycleEvent = "INVOKE" | "SHUTDOWN";

/** AWS's names: they are in what an extension is told, and in the function's log. */
export type ExtensionState =
  | "Started"
  | "Registered"
  | "Ready"
  | "Running"
  | "InitError"
  | "ExitError"
  | "LaunchError"
  | "ShutdownFailed"
  | "Exited";

/** What an extension asks for leads from these states to the one it is named by. Nothing else is allowed. */
const FROM = {
  Registered: ["Started"],
  Ready: ["Registered", "Running"],
  InitError: ["Registered", "InitError"],
  ExitError: ["Registered", "Ready", "Running", "ExitError"],
} as const satisfies Partial<Record<ExtensionState, readonly ExtensionState[]>>;

/** An extension of one environment: a layer's process, or a part of the runtime that registered itself. */
export class Extension {
  readonly name: string;
  readonly id: string;
  readonly isInternal: boolean;
  events: readonly LifecycleEvent[] = [];
  state: ExtensionState = "Started";
  /** As it says itself why it cannot go on. */
  errorType: string | undefined;
  #asking: ServerResponse | undefined;
  #event: (() => void) | undefined;

  constructor(name: string, id: string, isInternal: boolean) {
    this.name = name;
    this.id = id;
    this.isInternal = isInternal;
  }

  /** Whether it may go on to this state; it has then. */
  goTo(state: keyof typeof FROM): boolean {
    const from: readonly ExtensionState[] = FROM[state];
    if (!from.includes(this.state)) return false;
    this.state = state;
    return true;
  }

  /** It asks for the next event, and is answered when there is one. */
  ask(response: ServerResponse): void {
    this.#asking = response;
    this.#event?.();
  }

  /** Gives it an event now, or as soon as it asks. */
  hand(event: object, headers: Readonly<Record<string, string>> = {}): void {
    const give = () => {
      this.#event = undefined;
      const response = this.#asking;
      this.#asking = undefined;
      this.state = "Running";
      const body = JSON.stringify(event);
      const length = { "content-length": Buffer.byteLength(body) };
      response?.writeHead(200, { "content-type": "application/json", ...length, ...headers }).end(body);
    };
    if (this.#asking) give();
    else this.#event = give;
  }
}
