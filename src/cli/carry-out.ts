import {
  apply,
  endpointsAt,
  type Outcome,
  type Ready,
  type Release,
  ready,
  type Session,
} from "../projects/deploy.ts";
import { currentOf } from "../projects/deployments.ts";
import { dropPlan } from "../projects/plan.ts";
import { confirmed } from "./ask.ts";
import type { Terminal } from "./command.ts";
import { drawPlan, tally } from "./plan-view.ts";
import { drawFacts, drawFailure, drawStep } from "./steps-view.ts";
import { formatDuration, palette } from "./terminal.ts";

export interface CarryingOut {
  /** Whether nobody is asked. */
  readonly isYes: boolean;
  readonly terminal: Terminal;
  /** Whether Ctrl-C ends the command while the platform goes on. */
  readonly isAttended: boolean;
}

/** Shows what a release would come to, asks, and carries it out. Gives the exit status. */
export async function carryOut(session: Session, wanted: Release, how: CarryingOut): Promise<number> {
  const { place } = session;
  const { app } = wanted;
  const { isYes, terminal } = how;
  const colours = palette(terminal.colour);
  const print = (lines: readonly string[]) => terminal.out(`${lines.join("\n")}\n`);
  const planned = await ready(session, wanted);
  const where = `${place.environment} (account ${place.account}, ${place.region})`;
  if (planned.plan.isEmpty) {
    const { outputs = {} } = (await currentOf(place, app)) ?? {};
    print([`${colours.bold(app)} in ${where} is up to date.`]);
    const facts = drawFacts(outputs, await endpointsAt(place, app), colours);
    if (facts.length > 0) print(facts);
    return 0;
  }
  print([`${colours.bold(app)} in ${where}`, "", ...drawPlan(planned, colours)]);
  if (!(await agreed(session, planned, isYes))) {
    print(["Nothing was changed."]);
    return 1;
  }
  const { ended, deployment, endpoints } = await watched(session, planned, how);
  if (!ended.isDone) {
    terminal.err(`${drawFailure(app, ended, colours).join("\n")}\n`);
    return 1;
  }
  const words = tally(planned.plan.changes).toLowerCase();
  const took = formatDuration(deployment.durationMs);
  print(["", `${colours.bold(app)} is deployed: ${words}, in ${took}. Deployment ${deployment.id}.`]);
  const facts = drawFacts(deployment.outputs, endpoints, colours);
  if (facts.length > 0) print(facts);
  return 0;
}

/** What nobody agrees to leaves nothing behind. */
async function agreed({ place }: Session, { plan }: Ready, isYes: boolean): Promise<boolean> {
  let isAgreed = false;
  try {
    isAgreed = await confirmed("Deploy this?", isYes);
    return isAgreed;
  } finally {
    if (!isAgreed) await dropPlan(place, plan);
  }
}

const INTERRUPTED = 130;

/** Carries it out with a line for each step. */
async function watched(
  session: Session,
  planned: Ready,
  { terminal, isAttended }: CarryingOut,
): Promise<Outcome> {
  const colours = palette(terminal.colour);
  const { app } = planned.release;
  const { environment } = session.place;
  const leave = () => {
    const where = environment === session.home.environment ? "" : ` --env ${environment}`;
    const told = `nuage history ${app}${where}`;
    terminal.err(`\nThe platform goes on with ${app} by itself: ${told} tells how it ends.\n`);
    process.exit(INTERRUPTED);
  };
  if (isAttended) process.once("SIGINT", leave);
  try {
    return await apply(session, planned, (step) => {
      const line = drawStep(step, colours);
      if (line !== undefined) terminal.out(`${line}\n`);
    });
  } finally {
    process.off("SIGINT", leave);
  }
}
