import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import type { Context } from "../define.ts";
import { invalid, notHere } from "./faults.ts";
import { contentsArn, type GroupName } from "./names.ts";

/** Where a subscription's events go in the end. */
export interface Target {
  readonly arn: string;
  /** What decides over the shard of a stream. */
  readonly key: string;
}

/** Sends a document to a stream; throws the stream's fault, or one that names what the platform lacks. */
export async function sendTo(context: Context, { arn, key }: Target, document: string): Promise<void> {
  const service = parseArn(arn)?.service;
  if (service === "firehose") {
    throw notHere("Amazon Data Firehose is not part of this platform: nothing can be sent to it.");
  }
  if (service !== "kinesis") throw invalid(`Invalid destination: ${arn}`);
  await context.call("kinesis", "PutRecord", {
    StreamARN: arn,
    // Keys are hashed, as AWS does: a stream's name may be longer than a key.
    PartitionKey: createHash("md5").update(key).digest("hex"),
    Data: gzipSync(document),
  });
}

/** As AWS does before it takes a stream for a target, sends it a message that says no more than that. */
export async function checkReach(context: Context, target: Target): Promise<void> {
  const message = "CWL CONTROL MESSAGE: Checking health of destination Kinesis stream.";
  const document = JSON.stringify({
    messageType: "CONTROL_MESSAGE",
    owner: "CloudwatchLogs",
    logGroup: "",
    logStream: "",
    subscriptionFilters: [],
    logEvents: [{ id: "", timestamp: Math.floor(context.clock.now()), message }],
  });
  try {
    await sendTo(context, target, document);
  } catch (error) {
    if (!(error instanceof Fault) || error.code === "NotImplemented") throw error;
    if (error.code === "InvalidParameterException") throw error;
    throw invalid(
      "Could not deliver test message to specified Kinesis stream. " +
        "Check if the given kinesis stream is in ACTIVE state.",
    );
  }
}

/** A function must let the group's events in, and not be the one whose own lines they are. */
export async function checkFunction(context: Context, group: GroupName, functionArn: string): Promise<void> {
  const sourceArn = contentsArn(group);
  const services = ["logs.amazonaws.com", `logs.${group.region}.amazonaws.com`];
  const answers = await Promise.all(
    services.map((service) =>
      context.functions.permits(functionArn, { service, sourceArn, sourceAccount: group.account }),
    ),
  );
  if (!answers.includes("allowed")) {
    throw invalid(
      "Could not execute the lambda function. " +
        "Make sure you have given CloudWatch Logs permission to execute your function.",
    );
  }
  const { LoggingConfig } = await context.call("lambda", "GetFunctionConfiguration", {
    FunctionName: functionArn,
  });
  if (LoggingConfig?.LogGroup === group.name) {
    throw invalid("The log group provided is reserved for the function logs of the destination function.");
  }
}
