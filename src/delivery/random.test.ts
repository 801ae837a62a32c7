import fc from "fast-check";
import { expect, it } from "vitest";
import { Fault } from "../kernel/faults.ts";
import { FunctionError, openDelivery, STORES } from "./delivery.fixture.ts";

/** What the attempts at one event come to, in order; all that follow come to the last. */
const STEPS = ["ok", "error", "throttle", "failure"] as const;
type Step = (typeof STEPS)[number];

interface Plan {
  readonly steps: readonly Step[];
  readonly retries: 0 | 1 | 2;
  /** How often the destination fails for now before it is told. */
  readonly mishaps: number;
  readonly to: "queue" | "function";
}

const plans = fc.array(
  fc.record({
    steps: fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 8 }),
    retries: fc.constantFrom(0 as const, 1 as const, 2 as const),
    mishaps: fc.nat(6),
    to: fc.constantFrom("queue" as const, "function" as const),
  }),
  { minLength: 1, maxLength: 6 },
);

/** What must become of an event: how often its function runs, and what is told in the end. */
function expected({ steps, retries }: Plan): { runs: number; condition: string } {
  let failures = 0;
  for (let at = 0; at < 1000; at++) {
    const step = steps[Math.min(at, steps.length - 1)];
    if (step === "ok") return { runs: failures + 1, condition: "Success" };
    if (step === "error" && ++failures > retries) return { runs: failures, condition: "RetriesExhausted" };
    // Refused for ever: six hours of it, with the last of the steps.
    if (at >= steps.length && step !== "error") return { runs: failures, condition: "EventAgeExceeded" };
  }
  return { runs: failures, condition: "RetriesExhausted" };
}

it.each(STORES)(
  "on a %s store, every event is done or ends in one destination, once",
  async (_kind, createStore) => {
    await fc.assert(
      fc.asyncProperty(plans, async (list) => {
        const told: string[] = [];
        const mishaps = list.map((plan) => plan.mishaps);
        const note = (record: string) => {
          const { requestPayload, requestContext } = JSON.parse(record);
          told.push(`${requestPayload} ${requestContext.condition}`);
        };
        const world = openDelivery(createStore(), async (_service, _operation, input) => {
          const body = String(input.MessageBody);
          const of = Number(JSON.parse(body).requestPayload);
          if ((mishaps[of] ?? 0) > 0) {
            mishaps[of] = (mishaps[of] ?? 0) - 1;
            throw new Fault("InternalFailure", "for now", { status: 500 });
          }
          note(body);
          return {};
        });
        const ran = list.map(() => 0);
        world.define("told", ({ payload }) => note(new TextDecoder().decode(payload)));
        for (const [at, plan] of list.entries()) {
          let attempt = 0;
          const destination =
            plan.to === "queue"
              ? "arn:aws:sqs:us-east-1:000000000000:told"
              : "arn:aws:lambda:us-east-1:000000000000:function:told";
          world.define(
            `f${at}`,
            () => {
              const step = plan.steps[Math.min(attempt++, plan.steps.length - 1)];
              if (step === "throttle") throw new Fault("TooManyRequestsException", "", { status: 429 });
              if (step === "failure") throw new Fault("ServiceException", "", { status: 500 });
              ran[at] = (ran[at] ?? 0) + 1;
              if (step === "error") throw new FunctionError("no");
              return at;
            },
            {
              asynchronous: {
                maximumRetryAttempts: plan.retries,
                onSuccess: destination,
                onFailure: destination,
              },
            },
          );
          await world.send(`f${at}`, at);
        }
        await world.delivery.settled();
        await world.clock.advance("14 hours");
        await world.close();
        expect(told.sort()).toEqual(list.map((plan, at) => `${at} ${expected(plan).condition}`).sort());
        expect(ran).toEqual(list.map((plan) => expected(plan).runs));
      }),
      { numRuns: 15 },
    );
  },
);
