// The cases of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html and
// what AWS was seen to do beyond them.
import { describe, expect, test } from "vitest";
import { inputOf } from "./input.ts";

const EVENT = `{"version":"0","id":"7bf73129","detail-type":"EC2 Instance State-change Notification",\
"source":"aws.ec2","account":"123456789012","time":"2015-11-11T21:29:54Z","region":"us-east-1",\
"resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],"detail":{"instance-id":"i-0123456789",\
"state":"RUNNING","tags":{"team":"a","n":1},"list":["HIGH"],"many":["ACTIVE","INACTIVE"],"valid":true,\
"none":null,"big":12345678901234567890,"said":"so \\"he\\" said","items":[{"name":"x"},{"name":"y"},{}],\
"a/b":"slash","nested":[{"of":[1,2]},{"of":[3]}]}}`;
const RULE = { account: "123456789012", region: "us-east-1", bus: "orders", name: "my-rule" };
const occasion = { rule: RULE, event: EVENT, acceptedMs: Date.parse("2024-05-06T07:08:09.999Z") };
const PATHS = {
  instance: "$.detail.instance-id",
  state: "$.detail.state",
  tags: "$.detail.tags",
  detail: "$.detail",
  list: "$.detail.list",
  many: "$.detail.many",
  valid: "$.detail.valid",
  none: "$.detail.none",
  missing: "$.detail.nowhere.at.all",
  said: "$.detail.said",
  n: "$.detail.tags.n",
  second: "$.detail.items[1].name",
  names: "$.detail.items[*].name",
  slash: "$.detail.a/b",
  big: "$.detail.big",
  inBig: "$.detail.big.json",
  deep: "$.detail.nested[*].of[*]",
  type: "$.detail-type",
  beyond: "$.detail.items[9]",
};

const transform = (InputTemplate: string) =>
  inputOf({ InputTransformer: { InputPathsMap: PATHS, InputTemplate } }, occasion);

describe("a template", () => {
  test.each([
    ['"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'],
    ['"instance \\"<instance>\\" is in <state>"', '"instance \\"i-0123456789\\" is in RUNNING"'],
    ['{"instance" : <instance>,"state": <state>}', '{"instance" : "i-0123456789","state": "RUNNING"}'],
    [
      '{"instance":<instance>,"state":"<state>","status":"instance \\"<instance>\\" is in <state>"}',
      '{"instance":"i-0123456789","state":"RUNNING","status":"instance \\"i-0123456789\\" is in RUNNING"}',
    ],
    ['{"state": [9, <state>, true], "T" : "Yes"}', '{"state": [9, "RUNNING", true], "T" : "Yes"}'],
    ['"first <instance>"\n"then <state>"', '"first i-0123456789"\n"then RUNNING"'],
    ['"tags are <tags>"', '"tags are {team:a,n:1}"'],
    ['{"all":<detail>}', `{"all":${EVENT.slice(EVENT.indexOf('{"instance-id"'), -1)}}`],
    ['{"tags": <tags>}', '{"tags": {"team":"a","n":1}}'],
    ['"<list> and <many>"', '"[HIGH] and [ACTIVE,INACTIVE]"'],
    ['{"list":<list>}', '{"list":["HIGH"]}'],
    ['"Command is <valid>!"', '"Command is true!"'],
    ['{"valid":<valid>,"n":<n>,"none":<none>}', '{"valid":true,"n":1,"none":null}'],
    ['{"big":<big>,"in":<inBig>}', '{"big":12345678901234567890,"in":""}'],
    ['"big: <big>"', '"big: 12345678901234567890"'],
    ['"nothing: <missing>."', '"nothing: ."'],
    ['{"a":<missing>,"b":"<missing>","c":<beyond>}', '{"a":"","b":"","c":""}'],
    ['{"path":"users/<instance>/x/<instance>"}', '{"path":"users/i-0123456789/x/i-0123456789"}'],
    ['{"said":<said>}', '{"said":"so \\"he\\" said"}'],
    ['{"second":<second>,"names":<names>,"deep":<deep>}', '{"second":"y","names":["x","y"],"deep":[1,2,3]}'],
    ['{"slash":<slash>,"type":<type>}', '{"slash":"slash","type":"EC2 Instance State-change Notification"}'],
    ['"{[/ <state>"', '"{[/ RUNNING"'],
    ["<instance>", '"i-0123456789"'],
    ['{"a":"1 < 2","b":"<state>"}', '{"a":"1 < 2","b":"RUNNING"}'],
    ['{"arn":<aws.events.rule-arn>}', '{"arn":"arn:aws:events:us-east-1:123456789012:rule/orders/my-rule"}'],
    ['"<aws.events.rule-name>"', '"my-rule"'],
    ['"at <aws.events.event.ingestion-time>"', '"at 2024-05-06T07:08:09Z"'],
    ['{"event":<aws.events.event.json>}', `{"event":${EVENT}}`],
  ])("%s", (template, expected) => {
    expect(transform(template)).toBe(expected);
  });

  test("knows the event without its detail", () => {
    const { detail: _, "detail-type": detailType, ...rest } = JSON.parse(EVENT);
    expect(JSON.parse(transform('{"e":<aws.events.event>}'))).toEqual({ e: { ...rest, detailType } });
  });

  test.each([
    ['{"tags": "<tags>"}', "an object within quotes"],
    ['{"list": "<list>"}', "a list within quotes"],
    ['{"said": "he <said>"}', "a quote within quotes"],
    ["[<list> single list item]", "text outside of quotes"],
    ["<instance> is <state>", "text without quotes"],
  ])("%s makes no JSON: %s", (template) => {
    expect(() => transform(template)).toThrow("does not make valid JSON");
  });
});

describe("an input path", () => {
  test.each([
    ["$", EVENT],
    ["$.detail", EVENT.slice(EVENT.indexOf('{"instance-id"'), -1)],
    ["$.detail.tags", '{"team":"a","n":1}'],
    ["$.detail.state", '"RUNNING"'],
    ["$.resources[0]", '"arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"'],
    ["$.detail.big", "12345678901234567890"],
    ["$.detail.nowhere", "null"],
    ["$.detail.state.length", "null"],
    ["$.constructor", "null"],
  ])("%s", (InputPath, expected) => {
    expect(inputOf({ InputPath }, occasion)).toBe(expected);
  });
});

test("an event that is nested too deeply to be taken apart is told", () => {
  const deep = `{"resources":[],"detail":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;
  expect(inputOf({}, { ...occasion, event: deep })).toBe(deep);
  expect(() => inputOf({ InputPath: "$.detail.a" }, { ...occasion, event: deep })).toThrow(
    "nested too deeply",
  );
});

test("an input of its own stands for the event, which otherwise goes as it is", () => {
  expect(inputOf({ Input: '{"own": 1}' }, occasion)).toBe('{"own": 1}');
  expect(inputOf({}, occasion)).toBe(EVENT);
});
