// Every kind of resource that has tags: a stack hands its own on to it, changes them and takes them away.
import { CloudFormationClient, DescribeStackResourcesCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Made, NEEDED, TAGGED, type Tags } from "./handed-on-tags.fixture.ts";
import { type Stacks, startStacks } from "./stacks.fixture.ts";

let on: Stacks;

/** Some kinds write their tags as a map. */
const MAPS = /ApiGatewayV2|Pipes|SSM/;

function templateOf(own: Readonly<Record<string, string>>): string {
  const list = Object.entries(own).map(([Key, Value]) => ({ Key, Value }));
  const resources = Object.entries(TAGGED).map(([name, { type, properties }]) => [
    name,
    { Type: type, Properties: { ...properties, Tags: MAPS.test(type) ? own : list } },
  ]);
  return JSON.stringify({ Resources: { ...Object.fromEntries(resources), ...NEEDED } });
}

const NAMES = Object.keys(TAGGED);
const listed = new Map<string, Tags[]>();

beforeAll(async () => {
  on = await startStacks();
  const steps = [
    { own: { mine: "1", gone: "1" }, tags: { team: "a", left: "1" } },
    { own: { mine: "2" }, tags: { team: "b", more: "1" } },
    { own: { mine: "2" }, tags: { team: "c" } },
  ];
  for (const [index, { own, tags }] of steps.entries()) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    const put = index === 0 ? on.create : on.update;
    const { status } = await put("maker", templateOf(own), { Tags });
    expect(status).toBe(index === 0 ? "CREATE_COMPLETE" : "UPDATE_COMPLETE");
    const { StackResources = [] } = await on.nuage
      .client(CloudFormationClient)
      .send(new DescribeStackResourcesCommand({ StackName: "maker" }));
    const made: Made = new Map(
      StackResources.map(({ LogicalResourceId: name = "", PhysicalResourceId: id = "" }) => [name, id]),
    );
    for (const name of NAMES) {
      const seen = await TAGGED[name]?.list(on.nuage, made.get(name) ?? "", made);
      listed.set(name, [...(listed.get(name) ?? []), seen ?? {}]);
    }
  }
}, 60_000);
afterAll(() => on?.nuage.stop());

const isOwn = ([key]: readonly [string, unknown]) => !key.startsWith("aws:");
const own = (tags: Tags | undefined) => Object.fromEntries(Object.entries(tags ?? {}).filter(isOwn));

test.each(NAMES)("%s", (name) => {
  const [first, second, third] = listed.get(name) ?? [];
  expect(own(first)).toEqual({ mine: "1", gone: "1", team: "a", left: "1" });
  expect(own(second)).toEqual({ mine: "2", team: "b", more: "1" });
  expect(own(third)).toEqual({ mine: "2", team: "c" });
  const marked = third?.["aws:cloudformation:logical-id"];
  expect(marked).toBe(TAGGED[name]?.isMarked ? name : undefined);
});
