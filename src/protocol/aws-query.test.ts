// What clients of the Query protocol hear of actions and versions that a service does not have.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../testing/index.ts";

let nuage: Nuage;
beforeAll(async () => {
  nuage = await startNuage();
});
afterAll(() => nuage.stop());

async function ask(service: string, body: string, path = "/") {
  const scope = `Credential=test/20261123/us-east-1/${service}/aws4_request`;
  const answer = await fetch(nuage.endpoint + path, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=${"0".repeat(64)}`,
      "x-amz-date": new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ""),
      "content-type": "application/x-www-form-urlencoded",
    },
    body,
  });
  const text = await answer.text();
  const [, code = "", message = ""] = /<Code>(.*?)<\/Code>\s*<Message>(.*?)<\/Message>/s.exec(text) ?? [];
  return [answer.status, code, message];
}

test("an action that there is not is invalid, in the words of its service", async () => {
  const noSts = "Could not find operation Nonsense for version 2011-06-15";
  expect(await ask("sts", "Action=Nonsense&Version=2011-06-15")).toEqual([400, "InvalidAction", noSts]);
  // Names of actions have their case.
  const noPublish = "Could not find operation publish for version 2010-03-31";
  expect(await ask("sns", "Action=publish&Version=2010-03-31")).toEqual([400, "InvalidAction", noPublish]);
  const noSqs = [400, "InvalidAction", "The action Frobnicate is not valid for this endpoint."];
  expect(await ask("sqs", "Action=Frobnicate&Version=2012-11-05")).toEqual(noSqs);
  expect(await ask("sqs", "Action=Frobnicate&Version=2012-11-05", "/000000000000/q")).toEqual(noSqs);
});

test("an action is one of a version", async () => {
  const unknown = "Could not find operation ListTopics for version 2010-03-30";
  expect(await ask("sns", "Action=ListTopics&Version=2010-03-30")).toEqual([400, "InvalidAction", unknown]);
  const noSqs = [400, "InvalidAction", "The action ListQueues is not valid for this endpoint."];
  expect(await ask("sqs", "Action=ListQueues&Version=2012-11-06")).toEqual(noSqs);
  for (const version of ["&Version=2012-11-05", "&Version=2011-10-01", ""]) {
    expect(await ask("sqs", `Action=ListQueues${version}`)).toEqual([200, "", ""]);
  }
});

test("a request without an action misses it", async () => {
  const missing = [400, "MissingAction", "The request is missing an action or a required parameter."];
  expect(await ask("sns", "Version=2010-03-31")).toEqual(missing);
  expect(await ask("sns", "Action=&Version=2010-03-31")).toEqual(missing);
});
