import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  PublishVersionCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arnOf, type Lambda, refusal, STORES, startLambda } from "../lambda.fixture.ts";

describe.each(STORES)("function URLs on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda(options);
  });
  afterAll(() => world.nuage.stop());

  const createUrl = (FunctionName: string, more: Partial<CreateFunctionUrlConfigCommandInput> = {}) =>
    world.lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...more }));
  const getUrl = (FunctionName: string, Qualifier?: string) =>
    world.lambda.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier }));

  it("are made, shown, changed and deleted", async () => {
    await world.create("f");
    const Cors = {
      AllowCredentials: true,
      AllowHeaders: ["x-one"],
      AllowMethods: ["GET", "POST"],
      AllowOrigins: ["https://example.com"],
      ExposeHeaders: ["x-two"],
      MaxAge: 300,
    };
    const made = await createUrl("f", { Cors });
    expect(made).toMatchObject({ FunctionArn: arnOf("f"), AuthType: "NONE", InvokeMode: "BUFFERED", Cors });
    expect(made.FunctionUrl).toMatch(
      new RegExp(`^http://[a-z0-9]{32}\\.lambda-url\\.us-east-1\\.localhost:${world.nuage.port}/$`),
    );
    const shown = await getUrl("f");
    expect(shown).toMatchObject({ FunctionUrl: made.FunctionUrl, CreationTime: made.CreationTime, Cors });
    expect(shown.LastModifiedTime).toBe(made.CreationTime);
    await world.nuage.advance("1 minute");
    const changed = await world.lambda.send(
      new UpdateFunctionUrlConfigCommand({
        FunctionName: "f",
        AuthType: "AWS_IAM",
        InvokeMode: "RESPONSE_STREAM",
        Cors: {},
      }),
    );
    expect(changed).toMatchObject({
      FunctionUrl: made.FunctionUrl,
      AuthType: "AWS_IAM",
      InvokeMode: "RESPONSE_STREAM",
      Cors: {},
    });
    expect(Date.parse(changed.LastModifiedTime ?? "")).toBeGreaterThan(Date.parse(made.CreationTime ?? ""));
    await world.lambda.send(new DeleteFunctionUrlConfigCommand({ FunctionName: "f" }));
    expect(await refusal(getUrl("f"))).toEqual({
      name: "ResourceNotFoundException",
      message: "The resource you requested does not exist.",
      status: 404,
    });
    const again = await createUrl("f");
    expect(again.FunctionUrl).not.toBe(made.FunctionUrl);
  });

  it("belong to functions and aliases, not to versions, one each", async () => {
    await world.create("g");
    await world.lambda.send(new PublishVersionCommand({ FunctionName: "g" }));
    for (const Name of ["blue", "green"]) {
      await world.lambda.send(new CreateAliasCommand({ FunctionName: "g", Name, FunctionVersion: "1" }));
    }
    await createUrl("g");
    const blue = await createUrl("g", { Qualifier: "blue" });
    expect(blue.FunctionArn).toBe(`${arnOf("g")}:blue`);
    expect(await refusal(createUrl("g", { Qualifier: "blue" }))).toMatchObject({
      name: "ResourceConflictException",
      message: expect.stringContaining("FunctionUrlConfig exists for this Lambda function"),
    });
    for (const Qualifier of ["1", "$LATEST"]) {
      expect(await refusal(createUrl("g", { Qualifier }))).toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining("'qualifier' failed to satisfy constraint"),
      });
    }
    const missing = { name: "ResourceNotFoundException", message: "Function does not exist" };
    expect(await refusal(createUrl("g", { Qualifier: "red" }))).toMatchObject(missing);
    expect(await refusal(createUrl("nobody"))).toMatchObject(missing);
    await createUrl("g", { Qualifier: "green" });
    const list = (Marker?: string) =>
      world.lambda.send(new ListFunctionUrlConfigsCommand({ FunctionName: "g", MaxItems: 2, Marker }));
    const first = await list();
    const second = await list(first.NextMarker);
    const arns = [...(first.FunctionUrlConfigs ?? []), ...(second.FunctionUrlConfigs ?? [])].map(
      ({ FunctionArn }) => FunctionArn,
    );
    expect(arns).toEqual([arnOf("g"), `${arnOf("g")}:blue`, `${arnOf("g")}:green`]);
    expect(second.NextMarker).toBeUndefined();
    await world.lambda.send(new DeleteAliasCommand({ FunctionName: "g", Name: "blue" }));
    expect((await list()).FunctionUrlConfigs).toHaveLength(2);
    await world.lambda.send(new DeleteFunctionCommand({ FunctionName: "g" }));
    await world.create("g");
    expect((await list()).FunctionUrlConfigs).toEqual([]);
  });

  it("take only what AWS takes", async () => {
    await world.create("h");
    const wrong: Partial<CreateFunctionUrlConfigCommandInput>[] = [
      { AuthType: "PUBLIC" as never },
      { InvokeMode: "FAST" as never },
      { Cors: { AllowMethods: ["OPTIONS"] } },
      { Cors: { MaxAge: 86_401 } },
      { Cors: { AllowOrigins: Array.from({ length: 101 }, (_, index) => `https://${index}.example`) } },
    ];
    for (const more of wrong) {
      expect(await refusal(createUrl("h", more))).toMatchObject({ name: "ValidationException", status: 400 });
    }
  });

  it("keep permission for their kind of authentication apart", async () => {
    await world.create("k");
    const { Statement } = await world.lambda.send(
      new AddPermissionCommand({
        FunctionName: "k",
        StatementId: "all",
        Action: "lambda:InvokeFunctionUrl",
        Principal: "*",
        FunctionUrlAuthType: "NONE",
      }),
    );
    expect(JSON.parse(Statement ?? "")).toMatchObject({
      Principal: "*",
      Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } },
    });
  });
});
