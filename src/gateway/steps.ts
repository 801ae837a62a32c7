import type { Scope } from "../kernel/scope.ts";
import { childTrace, newTrace, parseTraceHeader, type Trace } from "../kernel/trace.ts";
import { validate as validateInput } from "../protocol/validate.ts";
import { authenticate } from "./authenticate.ts";
import { decode } from "./decode.ts";
import type { Exchange } from "./exchange.ts";
import { identify } from "./identify.ts";
import type { Call, Identity } from "./options.ts";
import { receive } from "./receive.ts";
import { meter, record } from "./record.ts";
import { encode, send } from "./send.ts";
import { serveSite } from "./sites.ts";

/** Fills in the exchange; throws a Fault or a Refusal to go straight to `encode`. */
export interface Step {
  readonly name: string;
  run(x: Exchange): void | Promise<void>;
}

/**
 * The path of a request: this list is its description, and ARCHITECTURE.md draws the same one. A step
 * may also set the response early (a preflight request's): then `send` is next.
 */
export const STEPS: readonly Step[] = [
  // Guards against foreign web pages come first: before anything is read or looked up for them.
  { name: "receive", run: receive },
  // Before authentication, because the service decides how it words a refusal.
  { name: "identify", run: identify },
  { name: "authenticate", run: authenticate },
  { name: "trace", run: trace },
  // Before the body is collected: what is refused should cost nothing.
  { name: "throttle", run: throttle },
  { name: "decode", run: decode },
  { name: "validate", run: validate },
  { name: "invoke", run: invoke },
  // Faults and outputs alike go through here.
  { name: "encode", run: encode },
  { name: "meter", run: meter },
  { name: "record", run: record },
  { name: "send", run: send },
];

export function trace(x: Exchange): void {
  const { clock, ids } = x.core.options;
  x.trace = parseTraceHeader(x.headers["x-amzn-trace-id"]) ?? newTrace(clock, ids);
  x.spanId = ids.hex(16);
}

/** The platform's own bound; the throttles of an account are the services' to keep. */
function throttle(x: Exchange): void {
  x.core.gate.enter();
  x.admitted = true;
}

function validate(x: Exchange): void {
  if (x.operation && x.opened && x.input) validateInput(x.operation, x.opened.constraints, x.input);
}

function invoke(x: Exchange): Promise<void> | undefined {
  if (x.site) return serveSite(x, x.site);
  if (!x.handler || !x.input || !x.identity || !x.trace) return;
  x.invoked = true;
  return x.handler(x.input, new GatewayCall(x, x.identity, x.trace)).then((output) => {
    x.output = output;
  });
}

/** A class, so that no signal is made for the many handlers that never ask for it. */
class GatewayCall implements Call {
  readonly scope: Scope;
  readonly requestId: string;
  readonly identity: Identity;
  readonly endpoint: string;
  readonly #trace: Trace;
  readonly #exchange: Exchange;

  constructor(x: Exchange, identity: Identity, trace: Trace) {
    this.#exchange = x;
    this.scope = x.scope;
    this.requestId = x.requestId;
    this.identity = identity;
    this.#trace = trace;
    this.endpoint = x.host.endpoint;
  }

  /** Whoever reads it may pass it on: this call's span is then part of a longer story. */
  get trace(): Trace {
    this.#exchange.traced = true;
    return childTrace(this.#trace, this.#exchange.spanId);
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }

  rest(): () => void {
    return this.#exchange.rest();
  }

  note(name: string, amount: number): void {
    this.#exchange.noted ??= {};
    this.#exchange.noted[name] = (this.#exchange.noted[name] ?? 0) + amount;
  }
}
