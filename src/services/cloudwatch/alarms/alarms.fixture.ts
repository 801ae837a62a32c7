import {
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  type PutCompositeAlarmCommandInput,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
  type StateValue,
} from "@aws-sdk/client-cloudwatch";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { useCloudWatch } from "../cloudwatch.fixture.ts";

export type AlarmInput = Partial<PutMetricAlarmCommandInput>;

/** Alarms on sums of the metric `Errors` of the namespace `Shop`, by the minute, unless said otherwise. */
export function useAlarms() {
  const it = useCloudWatch();
  return {
    it,
    alarm: (AlarmName: string, more: AlarmInput = {}) =>
      it.client.send(
        new PutMetricAlarmCommand({
          AlarmName,
          ...(more.Metrics
            ? {}
            : {
                Namespace: "Shop",
                MetricName: AlarmName,
                Period: 60,
                ...(more.ExtendedStatistic ? {} : { Statistic: "Sum" as const }),
              }),
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanThreshold",
          ...more,
        }),
      ),
    composite: (AlarmName: string, AlarmRule: string, more: Partial<PutCompositeAlarmCommandInput> = {}) =>
      it.client.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule, ...more })),
    set: (AlarmName: string, StateValue: StateValue) =>
      it.client.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: "by hand" })),
    async describe(name: string) {
      const { MetricAlarms = [], CompositeAlarms = [] } = await it.client.send(
        new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
      );
      return { ...MetricAlarms[0], ...CompositeAlarms[0] };
    },
    async state(name: string) {
      return (await this.describe(name)).StateValue;
    },
    /** A queue, and what has come to it since it was last asked. */
    async queue(QueueName: string) {
      const sqs = it.nuage.client(SQSClient);
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
      return {
        arn: `arn:aws:sqs:us-east-1:${it.nuage.account}:${QueueName}`,
        async received(): Promise<string[]> {
          await it.nuage.idle();
          const { Messages = [] } = await sqs.send(
            new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
          );
          for (const { ReceiptHandle } of Messages)
            await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
          for (const { ReceiptHandle } of Messages)
            await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
          return Messages.map(({ Body = "" }) => Body);
        },
      };
    },
  };
}
