import { type Dict, dictOf, type Value } from "../dict.ts";

export function assumeRolePolicy(service: string): Dict {
  return dictOf({
    Version: "2012-10-17",
    Statement: [{ Action: ["sts:AssumeRole"], Effect: "Allow", Principal: { Service: [service] } }],
  });
}

/** A policy of a role that allows one action on one thing. */
function allow(name: string, action: string, resource: Value): Dict {
  return dictOf({
    PolicyName: name,
    PolicyDocument: { Statement: [{ Action: action, Effect: "Allow", Resource: resource }] },
  });
}

export function deadLetterPolicy(action: string, target: Value): Dict {
  return dictOf({
    PolicyName: "DeadLetterQueuePolicy",
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: action, Resource: target, Effect: "Allow" }],
    },
  });
}

export const startExecutionPolicy = (machine: Value, id: string) =>
  allow(`${id}StartExecutionPolicy`, "states:StartExecution", machine);
export const sendMessagePolicy = (queue: Value, id: string) =>
  allow(`${id}SQSPolicy`, "sqs:SendMessage", queue);
export const publishPolicy = (topic: Value, id: string) => allow(`${id}SNSPolicy`, "sns:publish", topic);
export const putEventsPolicy = (bus: Value, id: string) =>
  allow(`${id}EventBridgePolicy`, "events:PutEvents", bus);
export const invokePolicy = (target: Value, id: string) =>
  allow(`${id}LambdaPolicy`, "lambda:InvokeFunction", target);

export function putObjectPolicy(bucket: Value, id: string): Dict {
  return dictOf({
    PolicyName: `${id}S3Policy`,
    PolicyDocument: {
      Statement: [
        { Action: "s3:PutObject", Effect: "Allow", Resource: { "Fn::Join": ["/", [bucket, "*"]] } },
        { Action: "s3:ListBucket", Effect: "Allow", Resource: bucket },
      ],
    },
  });
}

/** The queue's own policy, so that EventBridge or SNS may send to it. */
export function queuePolicy(principal: Value | "*", sender: Value, queue: Value): Dict {
  return dictOf({
    Version: "2012-10-17",
    Statement: [
      {
        Action: "sqs:SendMessage",
        Effect: "Allow",
        Principal: principal,
        Resource: queue,
        Condition: { ArnEquals: { "aws:SourceArn": sender } },
      },
    ],
  });
}
