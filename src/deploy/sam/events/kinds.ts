import { bucketEvent } from "./bucket.ts";
import { httpApiEvent } from "./http-api.ts";
import { managedKafka, selfManagedKafka } from "./kafka.ts";
import type { EventKind } from "./kind.ts";
import { broker, documentDb, dynamoDb, kinesis, queue } from "./pull.ts";
import { restApiEvent, stateMachineApiEvent } from "./rest-api.ts";
import { eventPattern, schedule, stateMachinePattern, stateMachineSchedule } from "./rule.ts";
import { scheduler } from "./scheduler.ts";
import { alexaSkill, iotRule, logEvent, userPoolEvent } from "./small.ts";
import { topicEvent } from "./topic.ts";

/** What may invoke a function. */
export const FUNCTION_EVENTS: Readonly<Record<string, EventKind>> = {
  AlexaSkill: alexaSkill,
  Api: restApiEvent,
  CloudWatchEvent: eventPattern,
  CloudWatchLogs: logEvent,
  Cognito: userPoolEvent,
  DocumentDB: documentDb,
  DynamoDB: dynamoDb,
  EventBridgeRule: eventPattern,
  HttpApi: httpApiEvent,
  IoTRule: iotRule,
  Kinesis: kinesis,
  MQ: broker,
  MSK: managedKafka,
  S3: bucketEvent,
  SNS: topicEvent,
  SQS: queue,
  Schedule: schedule,
  ScheduleV2: scheduler,
  SelfManagedKafka: selfManagedKafka,
};

/** What may start a state machine. */
export const STATE_MACHINE_EVENTS: Readonly<Record<string, EventKind>> = {
  Api: stateMachineApiEvent,
  CloudWatchEvent: stateMachinePattern,
  EventBridgeRule: stateMachinePattern,
  Schedule: stateMachineSchedule,
  ScheduleV2: scheduler,
};
