import { parseArn } from "../../kernel/arn.ts";
import type { Context, Owner, ResourceType } from "../define.ts";
import { type Made, members, number, type Properties, type Property, text } from "../resource-types.ts";
import { fault } from "./faults.ts";
import { awaitLetters, closeAddress, type Letter, openAddress } from "./mailbox.ts";

declare module "../define.ts" {
  interface Sdks {
    lambda: typeof import("@aws-sdk/client-lambda");
    sns: typeof import("@aws-sdk/client-sns");
  }
}

const LONGEST_WAIT_S = 3600;

interface Asked extends Owner {
  readonly RequestType: "Create" | "Update" | "Delete";
  readonly properties: Properties;
  readonly before?: Properties;
  readonly id?: string;
}

/**
 * Resources that a function of the template's own makes, or whoever hears a topic.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
export const customResource: ResourceType = {
  properties: { ServiceToken: "update", ServiceTimeout: "update" },
  others: "update",
  required: ["ServiceToken"],
  create: async (context, { properties, stackId, logicalId, type }) =>
    ask(context, { RequestType: "Create", properties, stackId, logicalId, type }),
  update: async (context, { properties, stackId, logicalId, type }, { id }, before) =>
    ask(context, { RequestType: "Update", properties, before, id, stackId, logicalId, type }),
  async delete(context, { id }, properties, owner) {
    await ask(context, { RequestType: "Delete", properties, id, ...owner });
  },
};

async function ask(context: Context, asked: Asked): Promise<Made> {
  const { RequestType, properties, before, id, stackId, logicalId, type } = asked;
  const RequestId = context.ids.uuid();
  const ServiceToken = text(properties.ServiceToken) ?? "";
  const request = {
    RequestType,
    ServiceToken,
    ResponseURL: await openAddress(context, RequestId),
    StackId: stackId,
    RequestId,
    LogicalResourceId: logicalId,
    ...(id === undefined ? {} : { PhysicalResourceId: id }),
    ResourceType: type,
    ResourceProperties: asText(properties),
    ...(before ? { OldResourceProperties: asText(before) } : {}),
  };
  const waitS = Math.min(number(properties.ServiceTimeout) ?? LONGEST_WAIT_S, LONGEST_WAIT_S);
  try {
    await send(context, ServiceToken, request);
    const [letter] = (await awaitLetters(context, RequestId, 1, context.clock.now() + waitS * 1000)) ?? [];
    return readAnswer(letter, RequestId, id);
  } finally {
    if (!context.signal.aborted) await closeAddress(context, RequestId);
  }
}

async function send(context: Context, token: string, request: object): Promise<void> {
  const service = parseArn(token)?.service;
  const message = JSON.stringify(request);
  if (service === "lambda") {
    await context.call("lambda", "Invoke", {
      FunctionName: token,
      InvocationType: "Event",
      Payload: Buffer.from(message),
    });
  } else if (service === "sns") {
    const Subject = "AWS CloudFormation custom resource request";
    await context.call("sns", "Publish", { TopicArn: token, Subject, Message: message });
  } else throw refused(`Invalid service token.`);
}

function readAnswer(letter: Letter | undefined, requestId: string, before: string | undefined): Made {
  if (!letter) {
    throw refused(
      "CloudFormation did not receive a response from your Custom Resource. Please check your logs for " +
        `requestId [${requestId}]. If you are using the Python cfn-response module, you may need to update ` +
        "your Lambda function code so that CloudFormation can attach the updated version.",
    );
  }
  const { Status, Reason, PhysicalResourceId, Data, isTooLong } = letter;
  if (isTooLong) throw refused("Response object is too long.");
  if (Status !== "SUCCESS") {
    throw refused(
      `Received response status [${String(Status)}] from custom resource. Message returned: ` +
        `${String(Reason ?? "See the details in CloudWatch Log Stream")} (RequestId: ${requestId})`,
    );
  }
  const id = PhysicalResourceId === undefined ? before : String(PhysicalResourceId);
  if (!id) throw refused("Invalid PhysicalResourceId");
  return { id, attributes: flattened(members(Data as Property)) };
}

/** `Fn::GetAtt` reaches into objects by dots. */
function flattened(data: Properties, prefix = ""): Record<string, Property> {
  return Object.assign(
    {},
    ...Object.entries(data).map(([name, value]) => ({
      [prefix + name]: value,
      ...(typeof value === "object" && value !== null && !Array.isArray(value)
        ? flattened(value as Properties, `${prefix}${name}.`)
        : {}),
    })),
  );
}

/** Numbers and truths are text in requests. */
function asText(value: Property): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== "object" || value === null) return value === null ? null : String(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asText(member)]));
}

const refused = (message: string) => fault("OperationInProgressException", message);
