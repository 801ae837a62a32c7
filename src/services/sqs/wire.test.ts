// The Query protocol, which clients spoke before 2023 and some still do, in the shapes they send.
import { expect, test } from "vitest";
import { useSqs } from "./sqs.fixture.ts";

const t = useSqs();
const SIGNED = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/sqs/aws4_request, " +
    "SignedHeaders=host, Signature=0",
};

/** A form posted to a path; gives the status and the text of the answer. */
async function post(path: string, form: Record<string, string>, headers: Record<string, string> = SIGNED) {
  const response = await fetch(new URL(path, t.nuage.endpoint), {
    method: "POST",
    headers: { ...headers, "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: new URLSearchParams(form).toString(),
  });
  return [response.status, await response.text()] as const;
}

const between = (text: string, tag: string) =>
  [...text.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, "gs"))].map((match) => match[1]);

test("an old client makes a queue, sends, receives and deletes in flat lists", async () => {
  const version = { Version: "2012-11-05" };
  const [, made] = await post("/", {
    Action: "CreateQueue",
    QueueName: "old",
    "Attribute.1.Name": "VisibilityTimeout",
    "Attribute.1.Value": "40",
    "Attribute.2.Name": "DelaySeconds",
    "Attribute.2.Value": "0",
    "Tag.1.Key": "team",
    "Tag.1.Value": "a",
    ...version,
  });
  expect(made).toContain('<CreateQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">');
  expect(between(made, "QueueUrl")).toEqual([`${t.nuage.endpoint}/000000000000/old`]);

  const path = "/000000000000/old";
  const [, sent] = await post(path, {
    Action: "SendMessage",
    MessageBody: "a <b> & c",
    "MessageAttribute.1.Name": "colour",
    "MessageAttribute.1.Value.DataType": "String",
    "MessageAttribute.1.Value.StringValue": "red",
    ...version,
  });
  expect(between(sent, "MD5OfMessageBody")).toEqual(["6d641a791ab9cbbe67bd5288905538b1"]);
  expect(between(sent, "MessageId")[0]).toMatch(/^[0-9a-f-]{36}$/);

  const [, batch] = await post(path, {
    Action: "SendMessageBatch",
    "SendMessageBatchRequestEntry.1.Id": "one",
    "SendMessageBatchRequestEntry.1.MessageBody": "b",
    "SendMessageBatchRequestEntry.2.Id": "two",
    "SendMessageBatchRequestEntry.2.MessageBody": "c",
    "SendMessageBatchRequestEntry.2.DelaySeconds": "901",
    ...version,
  });
  expect(between(batch, "SendMessageBatchResultEntry")).toHaveLength(1);
  expect(between(batch, "BatchResultErrorEntry")[0]).toContain("<Code>InvalidParameterValue</Code>");

  const [, got] = await post(path, {
    Action: "ReceiveMessage",
    MaxNumberOfMessages: "10",
    "AttributeName.1": "ApproximateReceiveCount",
    "MessageAttributeName.1": "All",
    ...version,
  });
  expect(between(got, "Body")).toEqual(["a &lt;b&gt; &amp; c", "b"]);
  expect(got).toContain("<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>");
  expect(got).toContain(
    "<MessageAttribute><Name>colour</Name><Value><DataType>String</DataType>" +
      "<StringValue>red</StringValue></Value></MessageAttribute>",
  );
  const [status, deleted] = await post(path, {
    Action: "DeleteMessage",
    ReceiptHandle: between(got, "ReceiptHandle")[0] ?? "",
    ...version,
  });
  expect(status).toBe(200);
  expect(deleted).toContain("<ResponseMetadata><RequestId>");
  const [, attributes] = await post(path, {
    Action: "GetQueueAttributes",
    "AttributeName.1": "ApproximateNumberOfMessagesNotVisible",
    "AttributeName.2": "VisibilityTimeout",
    ...version,
  });
  expect(attributes).toContain("<Name>ApproximateNumberOfMessagesNotVisible</Name><Value>1</Value>");
  expect(attributes).toContain("<Name>VisibilityTimeout</Name><Value>40</Value>");
});

test.each([
  ["without a signature", {}],
  ["signed", SIGNED],
])(
  "a queue's address takes requests %s, by form and by query, with a version or without",
  async (_, headers) => {
    await t.create("address.fifo", { ContentBasedDeduplication: "true" });
    const path = "/000000000000/address.fifo";
    const [status, sent] = await post(
      path,
      { Action: "SendMessage", MessageBody: "a", MessageGroupId: "g" },
      headers,
    );
    expect([status, between(sent, "SequenceNumber").length]).toEqual([200, 1]);
    const query = `${path}?Action=ReceiveMessage&VisibilityTimeout=0&Version=2012-11-05`;
    const got = await (await fetch(new URL(query, t.nuage.endpoint), { headers })).text();
    expect(between(got, "Body")).toEqual(["a"]);
    const [, byRegion] = await post(
      "/queue/us-east-1/000000000000/address.fifo",
      { Action: "GetQueueAttributes", "AttributeName.1": "QueueArn" },
      headers,
    );
    expect(between(byRegion, "Value")).toEqual(["arn:aws:sqs:us-east-1:000000000000:address.fifo"]);
  },
);

test("errors carry the old codes and the old words", async () => {
  const [status, text] = await post("/", {
    Action: "GetQueueUrl",
    QueueName: "nowhere",
    Version: "2012-11-05",
  });
  expect(status).toBe(400);
  expect(between(text, "Code")).toEqual(["AWS.SimpleQueueService.NonExistentQueue"]);
  expect(between(text, "Message")).toEqual(["The specified queue does not exist for this wsdl version."]);
  expect(between(text, "Type")).toEqual(["Sender"]);
  await t.create("errors");
  const [, missing] = await post("/000000000000/errors", { Action: "SendMessage" });
  expect(between(missing, "Code")).toEqual(["MissingParameter"]);
  expect(between(missing, "Message")).toEqual(["The request must contain the parameter MessageBody."]);
  const [, wrong] = await post("/000000000000/errors", {
    Action: "ReceiveMessage",
    MaxNumberOfMessages: "11",
  });
  expect(between(wrong, "Code")).toEqual(["InvalidParameterValue"]);
  const [, empty] = await post("/000000000000/errors", { Action: "SendMessageBatch" });
  expect(between(empty, "Code")).toEqual(["AWS.SimpleQueueService.EmptyBatchRequest"]);
});

test("JSON answers name the shape, and the old code in a header", async () => {
  const response = await fetch(t.nuage.endpoint, {
    method: "POST",
    headers: {
      ...SIGNED,
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.GetQueueUrl",
    },
    body: JSON.stringify({ QueueName: "nowhere" }),
  });
  expect(response.status).toBe(400);
  expect(response.headers.get("x-amzn-query-error")).toBe("AWS.SimpleQueueService.NonExistentQueue;Sender");
  const body = (await response.json()) as { __type: string; message: string };
  expect(body.__type.split("#").at(-1)).toBe("QueueDoesNotExist");
  expect(body.message).toBe("The specified queue does not exist.");
});
