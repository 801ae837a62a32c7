import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs({ policies: "enforce", logLevel: "error" });

const arnOf = (group: string) => `arn:aws:logs:us-east-1:000000000000:log-group:${group}`;

test("a rule writes into a group that a resource policy opens to it, and into no other", async () => {
  const events = it.nuage.client(EventBridgeClient);
  const logs = it.nuage.client(CloudWatchLogsClient);
  await logs.send(
    new PutResourcePolicyCommand({
      policyName: "events",
      policyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: `${arnOf("/aws/events/open")}:*`,
          },
        ],
      }),
    }),
  );
  await events.send(new PutRuleCommand({ Name: "r", EventPattern: JSON.stringify({ source: ["shop"] }) }));
  for (const group of ["/aws/events/open", "/aws/events/closed"]) {
    await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
    const Targets = [{ Id: group.replaceAll("/", "-"), Arn: arnOf(group) }];
    await events.send(new PutTargetsCommand({ Rule: "r", Targets }));
  }
  await events.send(
    new PutEventsCommand({ Entries: [{ Source: "shop", DetailType: "sold", Detail: '{"id":7}' }] }),
  );
  await it.nuage.idle();
  const [message, ...others] = await it.filter("/aws/events/open");
  expect(JSON.parse(message ?? "")).toMatchObject({ source: "shop", detail: { id: 7 } });
  expect(others).toEqual([]);
  expect(await it.filter("/aws/events/closed")).toEqual([]);
});
