import { Fault } from "../kernel/faults.ts";
import type { Log } from "../kernel/log.ts";
import { policyAllows } from "../kernel/policy.ts";
import type { Context } from "./define.ts";

/** What was told already, so that a busy topic fills no screen. */
const told = new WeakMap<Log, Set<string>>();
const MOST_TOLD = 1_000;

/**
 * A service that acts for a topic, a rule or a bucket must be let in by the resource's own policy, as on AWS.
 * With `policies: enforce` it is refused; otherwise what AWS would refuse is told once, and let in.
 */
export function checkSender(
  context: Context,
  resource: { readonly arn: string; readonly policy: string | undefined; readonly action: string },
): void {
  const { sender } = context.principal;
  if (!sender || policyAllows(resource.policy, resource.action, sender)) return;
  const { arn, action } = resource;
  if (context.policies === "enforce") {
    const message = `User: ${sender.service} is not authorized to perform: ${action} on resource: ${arn}`;
    throw new Fault("AccessDenied", message, { status: 403 });
  }
  const known = told.get(context.log) ?? new Set();
  told.set(context.log, known);
  const key = `${sender.sourceArn} ${arn}`;
  if (known.has(key) || known.size >= MOST_TOLD) return;
  known.add(key);
  context.log.warn("on AWS this would not be delivered: the resource's policy does not let the sender in", {
    sender: sender.sourceArn,
    resource: arn,
    needed: `Allow ${action} to the service ${sender.service}`,
  });
}
