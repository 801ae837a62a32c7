import { parseArn } from "../../kernel/arn.ts";
import { Fault } from "../../kernel/faults.ts";
import type { Context, Owner, ResourceType } from "../define.ts";
import {
  HalfMade,
  type Made,
  members,
  number,
  type Properties,
  type Property,
  text,
} from "../resource-types.ts";
import { CANCELLED } from "./failures.ts";
import { invalid, UNSTABLE, unstable } from "./faults.ts";
import { awaitLetters, closeAddress, type Letter, noteSent, openAddress, sentAtMs } from "./mailbox.ts";

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
  resumes: true,
  async create(context, resource) {
    const { properties, name } = resource;
    try {
      return await ask(context, { ...ownerOf(resource), RequestType: "Create", properties });
    } catch (error) {
      if (error instanceof Fault && error.code !== UNSTABLE) throw error;
      // Whoever has begun it is told to delete it, by the id he gave, or by one that stands for none.
      const id = error instanceof Refused ? error.id : undefined;
      throw new HalfMade(error, { id: id ?? name(128), attributes: {} });
    }
  },
  async update(context, resource, { id }, before) {
    const { properties } = resource;
    if (text(properties.ServiceToken) !== text(before.ServiceToken))
      throw unstable("Modifying service token is not allowed.");
    return ask(context, { ...ownerOf(resource), RequestType: "Update", properties, before, id });
  },
  async delete(context, { id }, properties, owner) {
    await ask(context, { ...owner, RequestType: "Delete", properties, id });
  },
};

const ownerOf = ({ stackId, logicalId, type, token }: Owner): Owner => ({ stackId, logicalId, type, token });

/** Sends a request, unless a restart finds that it was sent, and waits for its answer. */
async function ask(context: Context, asked: Asked): Promise<Made> {
  const { RequestType, properties, before, id, stackId, logicalId, type, token: RequestId } = asked;
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
    const sentMs = await sentAtMs(context, RequestId);
    if (sentMs === undefined) await send(context, ServiceToken, request);
    const sinceMs = sentMs ?? (await noteSent(context, RequestId));
    const [letter] = await awaitLetters(context, RequestId, 1, sinceMs + waitS * 1000);
    return readAnswer(letter, RequestId, id);
  } finally {
    // The end of the platform ends no request: it is waited for again.
    if (!context.signal.aborted || context.signal.reason === CANCELLED)
      await closeAddress(context, RequestId);
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
  } else throw invalid("Invalid service token.");
}

/** An answer that says no, with the id it gives nevertheless. */
class Refused extends Fault {
  readonly id: string | undefined;

  constructor(message: string, id: string | undefined) {
    super(UNSTABLE, message);
    this.id = id;
  }
}

function readAnswer(letter: Letter | undefined, requestId: string, before: string | undefined): Made {
  if (!letter) {
    throw unstable(
      "CloudFormation did not receive a response from your Custom Resource. Please check your logs for " +
        `requestId [${requestId}]. If you are using the Python cfn-response module, you may need to update ` +
        "your Lambda function code so that CloudFormation can attach the updated version.",
    );
  }
  const { Status, Reason, PhysicalResourceId, Data, isTooLong } = letter;
  if (isTooLong) throw unstable("Response object is too long.");
  if (Status !== "SUCCESS") {
    throw new Refused(
      `Received response status [${String(Status)}] from custom resource. Message returned: ` +
        `${String(Reason ?? "See the details in CloudWatch Log Stream")} (RequestId: ${requestId})`,
      PhysicalResourceId === undefined ? undefined : String(PhysicalResourceId),
    );
  }
  const id = PhysicalResourceId === undefined ? before : String(PhysicalResourceId);
  if (!id) throw unstable("Invalid PhysicalResourceId");
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
