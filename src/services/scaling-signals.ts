import type { Scope } from "../kernel/scope.ts";
import { defineOutbox } from "../store/outbox.ts";

/** An alarm has a scaling policy carried out. */
interface ScalingSignal extends Scope {
  readonly v: 1;
  readonly policyArn: string;
  /** The alarm's name. */
  readonly alarm: string;
}

/** On their way from alarms to who scales. */
export const scalingSignals = defineOutbox<ScalingSignal>("scalingSignals");
