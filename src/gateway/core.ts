import type { Admission } from "./body.ts";
import type { Directory } from "./directory.ts";
import type { Host } from "./hosts.ts";
import type { GatewayLimits } from "./limits.ts";
import type { GatewayOptions, GatewaySites, OpenService } from "./options.ts";
import { Refusal } from "./refusals.ts";

/** What every request of one gateway shares. */
export interface Core {
  readonly options: GatewayOptions;
  readonly limits: GatewayLimits;
  readonly directory: Directory;
  readonly sites: GatewaySites;
  readonly gate: Gate;
  readonly departures: Departures;
  /** Only this machine can reach the port, so that a name no one trusts must come from a rebound DNS. */
  readonly loopback: boolean;
  /** By id: only a service's first request waits for it. */
  readonly opened: Map<string, OpenService>;
  /** Set when the platform stops: connections are not kept for another request. */
  closing: boolean;
  readHost(text: string): Host;
  /** The Date header of now, by the platform's clock: SDKs correct their own clock by it. */
  date(): string;
}

/**
 * Writes answers together: those that are ready in the turn of the event loop in which their requests came
 * when it ends, and those that become ready later, as a commit makes many, when they all are. Each write
 * may wake its client up, which costs more than a small answer itself; those behind find it awake.
 */
export class Departures {
  #waiting: (() => void)[] = [];
  #inTurn = false;

  /** A request has come. */
  begin(): void {
    if (this.#inTurn) return;
    this.#inTurn = true;
    setImmediate(() => {
      this.#inTurn = false;
      this.#leave();
    });
  }

  add(write: () => void): void {
    if (this.#waiting.push(write) === 1 && !this.#inTurn) process.nextTick(() => this.#leave());
  }

  #leave(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const write of waiting) write();
  }
}

/** Counts what is under way, and refuses what would be too much. */
export class Gate implements Admission {
  readonly #limits: GatewayLimits;
  #requests = 0;
  #collectedBytes = 0;

  constructor(limits: GatewayLimits) {
    this.#limits = limits;
  }

  enter(): void {
    if (this.#requests >= this.#limits.requests) throw new Refusal("throttled");
    this.#requests++;
  }

  leave(): void {
    this.#requests--;
  }

  take(sizeBytes: number): void {
    if (this.#collectedBytes + sizeBytes > this.#limits.collectedBytes) throw new Refusal("throttled");
    this.#collectedBytes += sizeBytes;
  }

  give(sizeBytes: number): void {
    this.#collectedBytes -= sizeBytes;
  }
}
