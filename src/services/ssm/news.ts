// What the default event bus is told of parameters.
import { Fault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import { DONE, defineOutbox } from "../../store/outbox.ts";
import type { Transaction } from "../../store/store.ts";
import type { Background } from "../define.ts";
import { parameterArn, type VersionRecord } from "./records.ts";

declare module "../define.ts" {
  interface Sdks {
    events: typeof import("@aws-sdk/client-eventbridge");
  }
}

interface News extends Scope {
  readonly detailType: "Parameter Store Change" | "Parameter Store Policy Action";
  readonly arn: string;
  /** JSON text. */
  readonly detail: string;
}

const outbox = defineOutbox<News>("ssmOutbox");

type Told = Pick<VersionRecord, "name" | "type" | "description">;

/** Notes a change in its own transaction. */
export function tellChange(
  tx: Transaction,
  scope: Scope,
  nowMs: number,
  operation: string,
  told: Told,
): void {
  const { name, type, description } = told;
  const detail = { operation, name, type, ...(description === undefined ? {} : { description }) };
  post(tx, scope, nowMs, "Parameter Store Change", name, detail);
}

export function tellPolicy(
  tx: Transaction,
  scope: Scope,
  nowMs: number,
  policyType: string,
  told: Told,
): void {
  const { name, type } = told;
  const detail = {
    "parameter-name": name,
    "parameter-type": type,
    "policy-type": policyType,
    "action-status": "Success",
  };
  post(tx, scope, nowMs, "Parameter Store Policy Action", name, detail);
}

function post(
  tx: Transaction,
  { account, region }: Scope,
  nowMs: number,
  detailType: News["detailType"],
  name: string,
  detail: object,
): void {
  const arn = parameterArn({ account, region }, name);
  outbox.post(tx, nowMs, { account, region, detailType, arn, detail: JSON.stringify(detail) });
}

export function deliverNews(world: Background): Promise<void> {
  return outbox.run(world, async ({ work }) => {
    const { detailType, detail, arn, account } = work;
    const sender = { service: "ssm.amazonaws.com", sourceArn: arn, sourceAccount: account };
    const entry = { Source: "aws.ssm", DetailType: detailType, Detail: detail, Resources: [arn] };
    try {
      await world.as(work, undefined, sender).call("events", "PutEvents", { Entries: [entry] });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      world.log.warn("news of a parameter were refused", { parameter: arn, error: error.message });
    }
    return DONE;
  });
}
