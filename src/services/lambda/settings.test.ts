import {
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionRecursionConfigCommand,
  GetRuntimeManagementConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  ListTagsCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
  PutRuntimeManagementConfigCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arnOf, ECHO, type Lambda, refusal, STORES, startLambda } from "./lambda.fixture.ts";

describe.each(STORES)("on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda(options);
    await world.create("f", ECHO, { Publish: true });
    await world.create("other");
  });
  afterAll(() => world.nuage.stop());

  describe("event invoke configurations", () => {
    const put = (DestinationConfig: object | undefined, FunctionName = "f") =>
      world.lambda.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig }));
    const get = (FunctionName = "f", Qualifier?: string) =>
      world.lambda.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier }));

    it("are put whole, updated in part, listed and deleted", async () => {
      const made = await world.lambda.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName: "f", MaximumEventAgeInSeconds: 60 }),
      );
      expect(made).toMatchObject({
        FunctionArn: `${arnOf("f")}:$LATEST`,
        MaximumEventAgeInSeconds: 60,
        DestinationConfig: { OnSuccess: {}, OnFailure: {} },
        LastModified: expect.any(Date),
      });
      expect(made.MaximumRetryAttempts).toBeUndefined();
      await world.lambda.send(
        new UpdateFunctionEventInvokeConfigCommand({ FunctionName: "f", MaximumRetryAttempts: 1 }),
      );
      expect(await get()).toMatchObject({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 1 });
      await world.lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: "f",
          Qualifier: "1",
          MaximumRetryAttempts: 2,
        }),
      );
      const list = await world.lambda.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName: "f" }));
      expect(list.FunctionEventInvokeConfigs?.map((one) => one.FunctionArn)).toEqual([
        `${arnOf("f")}:$LATEST`,
        `${arnOf("f")}:1`,
      ]);
      await world.lambda.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName: "f" }));
      expect(await refusal(get())).toMatchObject({
        name: "ResourceNotFoundException",
        message: `The function ${arnOf("f")}:$LATEST doesn't have an EventInvokeConfig`,
      });
    });

    it.each([
      [
        undefined,
        "f",
        "InvalidParameterValueException",
        "You must specify at least one of error handling or destination setting.",
      ],
      [{}, "nobody", "ResourceNotFoundException", "The function doesn't exist."],
      [
        { OnFailure: { Destination: arnOf("f") } },
        "f",
        "InvalidParameterValueException",
        "You can't specify the function as a destination for itself.",
      ],
      [
        { OnFailure: { Destination: arnOf("nobody") } },
        "f",
        "InvalidParameterValueException",
        `The destination ARN ${arnOf("nobody")} is invalid.`,
      ],
      [
        { OnSuccess: { Destination: "arn:aws:iam:us-east-1:000000000000:x" } },
        "f",
        "InvalidParameterValueException",
        "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:ia" +
          "m:us-east-1:000000000000:x), " +
          "onFailure=null) is invalid.",
      ],
      [
        { OnSuccess: { Destination: "arn:aws:s3:::bucket" } },
        "f",
        "InvalidParameterValueException",
        /is invalid\.$/,
      ],
    ] as const)("are refused: %o for %s", async (config, name, code, message) => {
      const got = await refusal(put(config, name));
      expect(got.name).toBe(code);
      if (typeof message === "string") expect(got.message).toBe(message);
      else expect(got.message).toMatch(message);
    });

    it.each(["f", "other"])("take queues, topics, buses and functions: %s", async (name) => {
      const destination = name === "f" ? arnOf("other") : "arn:aws:sqs:us-east-1:000000000000:queue";
      const made = await put(
        { OnSuccess: { Destination: destination }, OnFailure: { Destination: "arn:aws:s3:::bucket" } },
        name,
      );
      expect(made.DestinationConfig?.OnSuccess?.Destination).toBe(destination);
    });
  });

  describe("tags", () => {
    it("are added, changed, removed and listed", async () => {
      const Resource = arnOf("f");
      const list = async () => (await world.lambda.send(new ListTagsCommand({ Resource }))).Tags;
      await world.lambda.send(new TagResourceCommand({ Resource, Tags: { a: "1", b: "2" } }));
      await world.lambda.send(new TagResourceCommand({ Resource, Tags: { b: "3" } }));
      expect(await list()).toEqual({ a: "1", b: "3" });
      const untag = await world.lambda.send(new UntagResourceCommand({ Resource, TagKeys: ["a", "none"] }));
      expect(untag.$metadata.httpStatusCode).toBe(204);
      expect(await list()).toEqual({ b: "3" });
    });

    it.each([
      [
        `${arnOf("f")}:1`,
        { a: "1" },
        "InvalidParameterValueException",
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
      ],
      [arnOf("nobody"), { a: "1" }, "ResourceNotFoundException", `Function not found: ${arnOf("nobody")}`],
      [
        arnOf("f"),
        {},
        "InvalidParameterValueException",
        "An error occurred and the request cannot be processed.",
      ],
      [
        arnOf("f"),
        { "a#": "1" },
        "ValidationException",
        /^1 validation error detected: Value '\{a#=1\}' at 'tags'/,
      ],
    ] as const)("are refused: %s %o", async (Resource, Tags, name, message) => {
      const got = await refusal(world.lambda.send(new TagResourceCommand({ Resource, Tags })));
      expect(got.name).toBe(name);
      if (typeof message === "string") expect(got.message).toBe(message);
      else expect(got.message).toMatch(message);
    });
  });

  describe("concurrency, recursion and runtime management", () => {
    it("are told by what reads them", async () => {
      await world.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: "other", ReservedConcurrentExecutions: 5 }),
      );
      const { Concurrency } = await world.lambda.send(new GetFunctionCommand({ FunctionName: "other" }));
      expect(Concurrency?.ReservedConcurrentExecutions).toBe(5);
      const recursion = () =>
        world.lambda.send(new GetFunctionRecursionConfigCommand({ FunctionName: "other" }));
      expect((await recursion()).RecursiveLoop).toBe("Terminate");
      await world.lambda.send(
        new PutFunctionRecursionConfigCommand({ FunctionName: "other", RecursiveLoop: "Allow" }),
      );
      expect((await recursion()).RecursiveLoop).toBe("Allow");
      await world.lambda.send(
        new PutRuntimeManagementConfigCommand({ FunctionName: "other", UpdateRuntimeOn: "FunctionUpdate" }),
      );
      expect(
        await world.lambda.send(new GetRuntimeManagementConfigCommand({ FunctionName: "other" })),
      ).toMatchObject({ UpdateRuntimeOn: "FunctionUpdate", FunctionArn: arnOf("other") });
    });

    it("refuse qualified and missing functions", async () => {
      const put = (FunctionName: string) =>
        refusal(
          world.lambda.send(
            new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 1 }),
          ),
        );
      expect(await put("f:1")).toMatchObject({
        name: "InvalidParameterValueException",
        message:
          "This operation is permitted on Lambda functions only. Aliases and versions do " +
          "not support this operation. Please specify either a function name or an unqualified " +
          "function ARN.",
      });
      expect(await put("nobody")).toMatchObject({
        message: `Function not found: ${arnOf("nobody")}:$LATEST`,
      });
    });
  });
});
