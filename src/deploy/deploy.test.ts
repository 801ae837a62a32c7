// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
// Templates: how they are read, and what their functions come to.
import { describe, expect, test } from "vitest";
import { evaluateConditions } from "./conditions.ts";
import { dependenciesOf } from "./graph.ts";
import { evaluate, type Scope } from "./intrinsics.ts";
import { expandLoops } from "./loops.ts";
import { readParameters } from "./parameters.ts";
import { type Json, parseTemplate } from "./parse.ts";
import { templateOf } from "./template.ts";

const readTemplate = (text: string) => templateOf(parseTemplate(text));

const RESOURCES = { Queue: { Type: "AWS::SQS::Queue" } };

function scopeOf(more: Record<string, Json> = {}, parameters: Scope["parameters"] = {}): Scope {
  const template = templateOf({ Resources: RESOURCES, ...more });
  const scope = {
    template,
    parameters,
    pseudo: { "AWS::Region": "eu-west-1", "AWS::StackName": "shop" },
    refOf: (name: string) => (name === "Queue" ? "http://queue" : undefined),
    attributeOf: (name: string, attribute: string) =>
      name === "Queue" ? `${attribute} of ${name}` : undefined,
    importOf: (name: string) => (name === "shared" ? "value" : undefined),
  };
  return { ...scope, conditions: evaluateConditions(scope) };
}

const of = (value: Json, scope = scopeOf()) => evaluate(value, scope, "/Resources/R");

describe("reading", () => {
  test("YAML with short forms, and JSON, are the same", () => {
    const yaml = `
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "\${AWS::StackName}-q"
      Arn: !GetAtt Other.Nested.Arn
      List: !Join [",", [!Ref A, !Select [0, !GetAZs ""]]]
      Mode: !If [Prod, !Ref "AWS::NoValue", 0755]
      Map: !FindInMap [M, !Ref "AWS::Region", x]
      Date: 2012-10-17
`;
    expect(parseTemplate(yaml)).toEqual({
      Resources: {
        Queue: {
          Type: "AWS::SQS::Queue",
          Properties: {
            QueueName: { "Fn::Sub": "${AWS::StackName}-q" },
            Arn: { "Fn::GetAtt": ["Other", "Nested.Arn"] },
            List: { "Fn::Join": [",", [{ Ref: "A" }, { "Fn::Select": [0, { "Fn::GetAZs": "" }] }]] },
            Mode: { "Fn::If": ["Prod", { Ref: "AWS::NoValue" }, 755] },
            Map: { "Fn::FindInMap": ["M", { Ref: "AWS::Region" }, "x"] },
            Date: "2012-10-17",
          },
        },
      },
    });
    expect(parseTemplate('{"Resources": {"a": 1}}')).toEqual({ Resources: { a: 1 } });
  });

  test.each([
    ["a: [1", /line 1, column/],
    ["text", /unsupported structure/],
    ["Resources:\n  Q: { Type: !Type A }", /Unresolved tag: !Type \(line 2, column 14\)/],
    ["Resources: {}", /At least one Resources member/],
    ["Resource: {Q: {Type: A}}", /Invalid template property or properties \[Resource\]/],
    ["Resources: {Q: {Typ: A}}", /Invalid template resource property 'Typ'/],
    ["Resources: {Q: {Properties: {}}}", /must contain a Type member/],
    ["Resources: {'Q-1': {Type: A}}", /Resource name Q-1 is non alphanumeric/],
    [
      "AWSTemplateFormatVersion: 2011-01-01\nResources: {Q: {Type: A}}",
      /unsupported template format version/,
    ],
  ])("%s is refused", (text, message) => {
    expect(() => readTemplate(text)).toThrow(message);
  });
});

test.each<[Json, Json | undefined]>([
  [{ Ref: "Queue" }, "http://queue"],
  [{ Ref: "AWS::Region" }, "eu-west-1"],
  [{ a: { Ref: "AWS::NoValue" }, b: [1, { Ref: "AWS::NoValue" }] }, { b: [1] }],
  [{ "Fn::GetAtt": ["Queue", "Arn"] }, "Arn of Queue"],
  [{ "Fn::GetAtt": "Queue.A.B" }, "A.B of Queue"],
  [{ "Fn::Sub": "${Queue} ${Queue.Arn} ${AWS::StackName} ${!Not}" }, "http://queue Arn of Queue shop ${Not}"],
  [{ "Fn::Sub": ["${x}-${y}", { x: 1, y: { Ref: "AWS::Region" } }] }, "1-eu-west-1"],
  [{ "Fn::Join": ["-", ["a", { Ref: "AWS::Region" }]] }, "a-eu-west-1"],
  [{ "Fn::Split": [",", "a,b"] }, ["a", "b"]],
  [{ "Fn::Select": ["1", { "Fn::Split": [",", "a,b"] }] }, "b"],
  [{ "Fn::Base64": "hé" }, "aMOp"],
  [{ "Fn::ImportValue": "shared" }, "value"],
  [{ "Fn::GetAZs": "" }, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]],
  [{ "Fn::Cidr": ["10.0.0.0/16", 2, 8] }, ["10.0.0.0/24", "10.0.1.0/24"]],
  [{ "Fn::Length": [1, 2] }, 2],
  [{ "Fn::ToJsonString": { a: [1] } }, '{"a":[1]}'],
])("%j comes to %j", (value, result) => {
  expect(of(value)).toEqual(result);
});

test("conditions, mappings and parameters", async () => {
  const template = templateOf({
    Resources: RESOURCES,
    Parameters: {
      Stage: { Type: "String", AllowedValues: ["dev", "prod"], Default: "dev" },
      Count: { Type: "Number", MinValue: 1, Default: 2 },
      Names: { Type: "CommaDelimitedList", Default: "a, b" },
      Given: { Type: "String", AllowedPattern: "[a-z]+" },
    },
  });
  const read = (given: Record<string, string>) => readParameters(template, given, async () => undefined);
  const { values } = await read({ Given: "x", Stage: "prod" });
  expect(values).toEqual({ Stage: "prod", Count: "2", Names: ["a", "b"], Given: "x" });
  await expect(read({})).rejects.toThrow("Parameters: [Given] must have values");
  await expect(read({ Given: "x", Other: "y" })).rejects.toThrow(
    "Parameters: [Other] do not exist in the template",
  );
  await expect(read({ Given: "X" })).rejects.toThrow("Parameter 'Given' must match pattern [a-z]+");
  await expect(read({ Given: "x", Stage: "test" })).rejects.toThrow(/AllowedValues/);
  await expect(read({ Given: "x", Count: "0" })).rejects.toThrow(/not less than 1/);
  const scope = scopeOf(
    {
      Conditions: {
        Prod: { "Fn::Equals": [{ Ref: "Stage" }, "prod"] },
        Both: { "Fn::And": [{ Condition: "Prod" }, { "Fn::Not": [{ "Fn::Equals": ["a", "b"] }] }] },
      },
      Mappings: { Sizes: { prod: { memory: 512 } } },
    },
    values,
  );
  expect(scope.conditions.get("Both")).toBe(true);
  expect(of({ "Fn::If": ["Both", "yes", "no"] }, scope)).toBe("yes");
  expect(of({ "Fn::FindInMap": ["Sizes", { Ref: "Stage" }, "memory"] }, scope)).toBe(512);
  expect(of({ "Fn::FindInMap": ["Sizes", "none", "memory", { DefaultValue: 1 }] }, scope)).toBe(1);
  expect(() => of({ "Fn::FindInMap": ["Sizes", "none", "memory"] }, scope)).toThrow(/Unable to get mapping/);
  expect(() => of({ Ref: "Nothing" })).toThrow(/Unresolved resource dependencies \[Nothing\]/);
});

test("dependencies come of references, and circles are refused", () => {
  const { resources } = readTemplate(`
Resources:
  A: { Type: T, Properties: { B: !Ref B, C: !Sub "\${C.Arn} \${AWS::Region}" }, DependsOn: D }
  B: { Type: T }
  C: { Type: T }
  D: { Type: T, Properties: { X: !GetAtt B.Arn } }
`);
  expect([...(dependenciesOf(resources).get("A") ?? [])].sort()).toEqual(["B", "C", "D"]);
  const circle = readTemplate(
    "Resources: { A: { Type: T, Properties: { B: !Ref B } }, B: { Type: T, DependsOn: A } }",
  );
  expect(() => dependenciesOf(circle.resources)).toThrow("Circular dependency between resources: [A, B]");
});

test("loops are written out", () => {
  const root = parseTemplate(`
Transform: AWS::LanguageExtensions
Parameters: { Names: { Type: CommaDelimitedList, Default: "a,b-c" } }
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue&{Name}: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub "q-\${Name}", Same: !Ref Name } }
`);
  expect(expandLoops(root).Resources).toEqual({
    Queuea: { Type: "AWS::SQS::Queue", Properties: { QueueName: { "Fn::Sub": "q-a" }, Same: "a" } },
    Queuebc: { Type: "AWS::SQS::Queue", Properties: { QueueName: { "Fn::Sub": "q-b-c" }, Same: "b-c" } },
  });
});

describe("what is no template", () => {
  const problemOf = async (work: () => unknown) => {
    try {
      await work();
      return "none";
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`;
    }
  };

  test.each([
    ["brackets", `{"Resources":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["dashes", "- ".repeat(20_000)],
    ["columns", Array.from({ length: 1400 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
  ])("is refused where %s nest without end", async (_name, text) => {
    expect(await problemOf(() => parseTemplate(text))).toMatch(/^TemplateError: .*nested deeper/);
  });

  test("is refused where aliases stand for themselves or for too much", async () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(of).join(",")}]\n`;
    const bomb = ["a", "b", "c", "d", "e"].map((name, at, all) => level(name, at ? `*${all[at - 1]}` : "x"));
    for (const text of ["Resources: &r\n  Q: *r\n", bomb.join("")])
      expect(await problemOf(() => parseTemplate(text))).toMatch(/^TemplateError: .*aliases/);
  });

  test("names of JavaScript's own are no functions", () => {
    expect(of({ constructor: "x" })).toEqual({ constructor: "x" });
    expect(of({ toString: "x" })).toEqual({ toString: "x" });
  });

  test.each([
    ["nothing", null, "must be an object"],
    ["no type", { Default: "x" }, "Type member"],
    ["a map as its default", { Type: "String", Default: { a: 1 } }, "Default] must be a string"],
    ["text as its values", { Type: "String", Default: "x", AllowedValues: "x" }, "must be a list"],
    [
      "an endless pattern",
      { Type: "String", Default: `${"a".repeat(40)}!`, AllowedPattern: "(a+)+b" },
      "valid",
    ],
  ])("a parameter with %s is refused", async (_name, parameter, message) => {
    const problem = await problemOf(() =>
      readParameters(
        templateOf({ Resources: RESOURCES, Parameters: { P: parameter } }),
        {},
        async () => undefined,
      ),
    );
    expect(problem).toMatch(/^TemplateError: /);
    expect(problem).toContain(message);
  });

  test("a policy of no known name is refused, lest it delete what was to be kept", async () => {
    const Resources = { Queue: { Type: "AWS::SQS::Queue", DeletionPolicy: "retain" } };
    expect(await problemOf(() => templateOf({ Resources }))).toBe(
      "TemplateError: Template format error: Unrecognized DeletionPolicy retain for resource Queue",
    );
  });

  test.each([[{ DependsOn: "Queue" }], [{ Properties: { QueueName: { Ref: "Queue" } } }]])(
    "a resource that needs itself is a circle: %j",
    async (more) => {
      const { resources } = templateOf({ Resources: { Queue: { Type: "AWS::SQS::Queue", ...more } } });
      expect(await problemOf(() => dependenciesOf(resources))).toBe(
        "TemplateError: Circular dependency between resources: [Queue]",
      );
    },
  );

  test("a circle is told without those that merely need it", async () => {
    const on = (...DependsOn: string[]) => ({ Type: "AWS::SQS::Queue", DependsOn });
    const { resources } = templateOf({
      Resources: { Last: on("One"), One: on("Two", "Free"), Two: on("One"), Free: on() },
    });
    expect(await problemOf(() => dependenciesOf(resources))).toBe(
      "TemplateError: Circular dependency between resources: [One, Two]",
    );
  });
});
