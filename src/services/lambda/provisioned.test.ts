import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arnOf, json, type Lambda, refusal, STORES, startLambda, zipOf } from "./lambda.fixture.ts";

/** Says how its environment was started; takes as long as it is told. */
const SAYS = `
const kind = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
export const handler = async ({ waitMs = 0 }) => {
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  return { kind, pid: process.pid, version: process.env.AWS_LAMBDA_FUNCTION_VERSION };
};`;

interface Said {
  readonly kind: string;
  readonly pid: number;
  readonly version: string;
}

describe.each(STORES)("on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeEach(async () => {
    world = await startLambda(options);
  });
  afterEach(() => world.nuage.stop());

  const publish = async (code = SAYS, more = {}) => {
    await world.create("f", code, more);
    await world.lambda.send(new PublishVersionCommand({ FunctionName: "f" }));
  };
  const put = (Qualifier: string, ProvisionedConcurrentExecutions: number) =>
    world.lambda.send(
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: "f",
        Qualifier,
        ProvisionedConcurrentExecutions,
      }),
    );
  const get = async (Qualifier: string) => {
    const { $metadata: _, ...config } = await world.lambda.send(
      new GetProvisionedConcurrencyConfigCommand({ FunctionName: "f", Qualifier }),
    );
    return config;
  };
  const invoke = async (Qualifier: string | undefined, event: object = {}): Promise<Said> => {
    const { Payload } = await world.lambda.send(
      new InvokeCommand({
        FunctionName: "f",
        ...(Qualifier ? { Qualifier } : {}),
        Payload: JSON.stringify(event),
      }),
    );
    return json(Payload) as Said;
  };

  it("starts environments ahead, uses them first, and spills over to others", async () => {
    await publish();
    expect(await put("1", 2)).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 0,
      AllocatedProvisionedConcurrentExecutions: 0,
      Status: "IN_PROGRESS",
    });
    await world.nuage.idle();
    expect(await get("1")).toEqual({
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 2,
      AllocatedProvisionedConcurrentExecutions: 2,
      Status: "READY",
      LastModified: expect.stringMatching(/^\d{4}-.*\+0000$/),
    });
    const said = await Promise.all([1, 2, 3].map(() => invoke("1", { waitMs: 300 })));
    expect(said.map(({ kind }) => kind).sort()).toEqual([
      "on-demand",
      "provisioned-concurrency",
      "provisioned-concurrency",
    ]);
    expect(new Set(said.map(({ pid }) => pid)).size).toBe(3);
    expect((await invoke(undefined)).kind).toBe("on-demand");
  });

  it("keeps them however long they rest, until they are given up", async () => {
    await publish();
    await put("1", 1);
    await world.nuage.idle();
    const first = await invoke("1");
    await world.nuage.advance("3 hours");
    await world.lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: "f", ZipFile: zipOf(`${SAYS}// anew`) }),
    );
    await world.nuage.idle();
    expect(await invoke("1")).toEqual(first);
    expect(first.kind).toBe("provisioned-concurrency");
    await world.lambda.send(
      new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: "f", Qualifier: "1" }),
    );
    await world.nuage.idle();
    expect((await invoke("1")).kind).toBe("on-demand");
    expect(await refusal(get("1"))).toEqual({
      name: "ProvisionedConcurrencyConfigNotFoundException",
      message: "No Provisioned Concurrency Config found for this function",
      status: 404,
    });
    // Once more is no mistake.
    await world.lambda.send(
      new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: "f", Qualifier: "1" }),
    );
  });

  it("replaces one whose process has ended", async () => {
    await publish(`
      const kind = process.env.AWS_LAMBDA_INITIALIZATION_TYPE;
      export const handler = async ({ die }) => (die ? process.exit(1) : { kind, pid: process.pid });`);
    await put("1", 1);
    await world.nuage.idle();
    const first = await invoke("1");
    await invoke("1", { die: true });
    await expect.poll(async () => (await get("1")).Status).toBe("READY");
    const second = await invoke("1");
    expect(second.kind).toBe("provisioned-concurrency");
    expect(second.pid).not.toBe(first.pid);
  });

  it("fails with AWS's reason when the function cannot be initialised, and claims nothing then", async () => {
    await publish("throw new Error('never well');");
    await put("1", 3);
    await world.nuage.idle();
    expect(await get("1")).toMatchObject({
      RequestedProvisionedConcurrentExecutions: 3,
      AvailableProvisionedConcurrentExecutions: 0,
      AllocatedProvisionedConcurrentExecutions: 0,
      Status: "FAILED",
      StatusReason: "FUNCTION_ERROR_INIT_FAILURE",
    });
    const { AccountLimit } = await world.lambda.send(new GetAccountSettingsCommand());
    expect(AccountLimit?.UnreservedConcurrentExecutions).toBe(1000);
  });

  it("keeps as many as are asked for when there were more", async () => {
    await publish();
    await put("1", 3);
    await world.nuage.idle();
    await put("1", 1);
    await world.nuage.idle();
    expect(await get("1")).toMatchObject({
      AvailableProvisionedConcurrentExecutions: 1,
      AllocatedProvisionedConcurrentExecutions: 1,
    });
    expect((await invoke("1")).kind).toBe("provisioned-concurrency");
  });

  it("goes with an alias to its versions, by weight, and is listed", async () => {
    await publish();
    await world.lambda.send(
      new UpdateFunctionCodeCommand({ FunctionName: "f", ZipFile: zipOf(`${SAYS}// 2`), Publish: true }),
    );
    await world.lambda.send(
      new CreateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "1" }),
    );
    await put("live", 2);
    await world.nuage.idle();
    const before = await invoke("live");
    expect(before).toMatchObject({ kind: "provisioned-concurrency", version: "1" });
    await world.lambda.send(
      new UpdateAliasCommand({ FunctionName: "f", Name: "live", FunctionVersion: "2" }),
    );
    await world.nuage.idle();
    expect(await invoke("live")).toMatchObject({ kind: "provisioned-concurrency", version: "2" });
    expect((await invoke("1")).kind).toBe("on-demand");
    await world.lambda.send(
      new UpdateAliasCommand({
        FunctionName: "f",
        Name: "live",
        RoutingConfig: { AdditionalVersionWeights: { "1": 0.5 } },
      }),
    );
    await world.nuage.idle();
    expect((await invoke("1")).kind).toBe("provisioned-concurrency");
    expect((await invoke("2")).kind).toBe("provisioned-concurrency");
    const { ProvisionedConcurrencyConfigs } = await world.lambda.send(
      new ListProvisionedConcurrencyConfigsCommand({ FunctionName: "f" }),
    );
    expect(ProvisionedConcurrencyConfigs).toEqual([
      expect.objectContaining({
        FunctionArn: `${arnOf("f")}:live`,
        RequestedProvisionedConcurrentExecutions: 2,
        AllocatedProvisionedConcurrentExecutions: 2,
        Status: "READY",
      }),
    ]);
  });

  it("takes its share of the account's concurrency, within a reservation where there is one", async () => {
    await publish();
    const unreserved = async () =>
      (await world.lambda.send(new GetAccountSettingsCommand())).AccountLimit?.UnreservedConcurrentExecutions;
    const reserve = (ReservedConcurrentExecutions: number) =>
      world.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions }),
      );
    await put("1", 2);
    expect(await unreserved()).toBe(998);
    expect(await refusal(reserve(1))).toEqual({
      name: "InvalidParameterValueException",
      message:
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned " +
        "concurrency [2].",
      status: 400,
    });
    await reserve(3);
    expect(await unreserved()).toBe(997);
    expect((await refusal(put("1", 4))).message).toBe(
      "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for " +
        "function",
    );
    await world.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "f" }));
    expect((await refusal(put("1", 901))).message).toBe(
      "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below " +
        "its minimum value of [100].",
    );
    expect((await refusal(put("1", 1001))).message).toBe(
      "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
    );
    await world.lambda.send(new DeleteFunctionCommand({ FunctionName: "f" }));
    expect(await unreserved()).toBe(1000);
    await world.nuage.idle();
  });

  it("leaves $LATEST nothing when all of a reservation is provisioned", async () => {
    await publish();
    await world.lambda.send(
      new PutFunctionConcurrencyCommand({ FunctionName: "f", ReservedConcurrentExecutions: 1 }),
    );
    await put("1", 1);
    await world.nuage.idle();
    expect((await invoke("1")).kind).toBe("provisioned-concurrency");
    expect((await refusal(invoke(undefined))).name).toBe("TooManyRequestsException");
  });

  it("is for published versions and aliases that nobody else has provisioned", async () => {
    await publish();
    for (const [Name = "", FunctionVersion = ""] of [
      ["live", "1"],
      ["next", "$LATEST"],
    ]) {
      await world.lambda.send(new CreateAliasCommand({ FunctionName: "f", Name, FunctionVersion }));
    }
    const unpublished = {
      name: "InvalidParameterValueException",
      message: "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
      status: 400,
    };
    expect(await refusal(put("$LATEST", 1))).toEqual(unpublished);
    expect(await refusal(put("next", 1))).toEqual(unpublished);
    expect(await refusal(put("7", 1))).toMatchObject({ message: `Function not found: ${arnOf("f")}:7` });
    expect(await refusal(put("nope", 1))).toMatchObject({
      message: `Cannot find alias arn: ${arnOf("f")}:nope`,
    });
    expect((await refusal(put("1", 0))).name).toBe("ValidationException");
    expect((await refusal(get("$LATEST"))).message).toBe(
      "The function resource provided must be an alias or a published version.",
    );
    await put("1", 1);
    expect(await refusal(put("live", 1))).toEqual({
      name: "ResourceConflictException",
      message:
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
      status: 409,
    });
    await world.lambda.send(
      new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: "f", Qualifier: "1" }),
    );
    await put("live", 1);
    expect(await refusal(put("1", 1))).toEqual({
      name: "ResourceConflictException",
      message: "Version is pointed by a Provisioned Concurrency alias",
      status: 409,
    });
    await world.nuage.idle();
  });
});

it("is started anew with the platform", async () => {
  const data = await mkdtemp(join(tmpdir(), "nuage-provisioned-"));
  const get = (lambda: LambdaClient) =>
    lambda.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName: "f", Qualifier: "1" }));
  try {
    const first = await startLambda({ data });
    await first.create("f", SAYS);
    await first.lambda.send(new PublishVersionCommand({ FunctionName: "f" }));
    await first.lambda.send(
      new PutProvisionedConcurrencyConfigCommand({
        FunctionName: "f",
        Qualifier: "1",
        ProvisionedConcurrentExecutions: 2,
      }),
    );
    await first.nuage.idle();
    await first.nuage.stop();
    const second = await startLambda({ data });
    await second.nuage.idle();
    expect(await get(second.lambda)).toMatchObject({
      Status: "READY",
      AllocatedProvisionedConcurrentExecutions: 2,
    });
    const { Payload } = await second.lambda.send(
      new InvokeCommand({ FunctionName: "f", Qualifier: "1", Payload: "{}" }),
    );
    expect(json(Payload)).toMatchObject({ kind: "provisioned-concurrency" });
    await second.nuage.stop();
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
