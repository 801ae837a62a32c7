import {
  CreateAliasCommand,
  type CreateAliasCommandInput,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arnOf, ECHO, type Lambda, refusal, STORES, startLambda, zipOf } from "./lambda.fixture.ts";

describe.each(STORES)("on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda(options);
  });
  afterAll(() => world.nuage.stop());

  const publish = (
    FunctionName: string,
    more: { CodeSha256?: string; RevisionId?: string; Description?: string } = {},
  ) => world.lambda.send(new PublishVersionCommand({ FunctionName, ...more }));
  const change = (FunctionName: string, Description: string) =>
    world.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }));

  describe("versions", () => {
    it("are numbered, never change, and are published only after a change", async () => {
      const made = await world.create("numbered", ECHO, { Description: "first" });
      const one = await publish("numbered");
      expect(one).toMatchObject({
        Version: "1",
        FunctionArn: `${arnOf("numbered")}:1`,
        Description: "first",
        CodeSha256: made.CodeSha256,
      });
      expect((await publish("numbered")).Version).toBe("1");
      await change("numbered", "second");
      const two = await publish("numbered", { Description: "release two" });
      expect(two).toMatchObject({ Version: "2", Description: "release two" });
      await world.lambda.send(
        new UpdateFunctionCodeCommand({ FunctionName: "numbered", ZipFile: zipOf("export {}") }),
      );
      const read = await world.lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: "numbered", Qualifier: "1" }),
      );
      expect(read).toMatchObject({ Description: "first", CodeSha256: made.CodeSha256, Version: "1" });
      const { Versions } = await world.lambda.send(
        new ListVersionsByFunctionCommand({ FunctionName: "numbered" }),
      );
      expect(Versions?.map((one) => [one.Version, one.FunctionArn])).toEqual([
        ["$LATEST", `${arnOf("numbered")}:$LATEST`],
        ["1", `${arnOf("numbered")}:1`],
        ["2", `${arnOf("numbered")}:2`],
      ]);
    });

    it("can be published with the function, and are not published for other code than meant", async () => {
      const made = await world.create("checked", ECHO, { Publish: true });
      expect(made.Version).toBe("1");
      expect(await refusal(publish("checked", { CodeSha256: "other" }))).toMatchObject({
        name: "InvalidParameterValueException",
        message:
          `CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${made.CodeSha256}). ` +
          "Please try again with the CodeSHA256 in $LATEST.",
      });
      expect((await refusal(publish("checked", { RevisionId: "other" }))).name).toBe(
        "PreconditionFailedException",
      );
    });

    it("are listed in pages, and with FunctionVersion ALL across functions", async () => {
      await world.create("pages");
      for (let n = 1; n <= 5; n++) {
        await change("pages", `${n}`);
        await publish("pages");
      }
      const versions: (string | undefined)[] = [];
      let Marker: string | undefined;
      do {
        const page = await world.lambda.send(
          new ListVersionsByFunctionCommand({ FunctionName: "pages", MaxItems: 2, Marker }),
        );
        versions.push(...(page.Versions ?? []).map((one) => one.Version));
        Marker = page.NextMarker;
      } while (Marker);
      expect(versions).toEqual(["$LATEST", "1", "2", "3", "4", "5"]);
      const arns: (string | undefined)[] = [];
      do {
        const page = await world.lambda.send(
          new ListFunctionsCommand({ FunctionVersion: "ALL", MaxItems: 3, Marker }),
        );
        arns.push(...(page.Functions ?? []).map((one) => one.FunctionArn));
        Marker = page.NextMarker;
      } while (Marker);
      expect(arns.filter((arn) => arn?.startsWith(arnOf("pages")))).toEqual(
        versions.map((version) => `${arnOf("pages")}:${version}`),
      );
      expect(new Set(arns).size).toBe(arns.length);
    });

    it("are deleted alone, unless an alias points at them", async () => {
      await world.create("pruned", ECHO, { Publish: true });
      await change("pruned", "2");
      await publish("pruned");
      await world.lambda.send(
        new CreateAliasCommand({ FunctionName: "pruned", Name: "live", FunctionVersion: "2" }),
      );
      const remove = (Qualifier: string) =>
        world.lambda.send(new DeleteFunctionCommand({ FunctionName: "pruned", Qualifier }));
      await remove("1");
      await remove("1");
      expect(
        await refusal(world.lambda.send(new GetFunctionCommand({ FunctionName: "pruned", Qualifier: "1" }))),
      ).toMatchObject({ message: `Function not found: ${arnOf("pruned")}:1` });
      expect(await refusal(remove("2"))).toMatchObject({
        name: "ResourceConflictException",
        message: "Unable to delete version because the following aliases reference it: [live]",
      });
      expect(await refusal(remove("$LATEST"))).toMatchObject({
        message: "$LATEST version cannot be deleted without deleting the function.",
      });
      expect(await refusal(remove("live"))).toMatchObject({
        message: "Deletion of aliases is not currently supported.",
      });
    });
  });

  describe("aliases", () => {
    const alias = (more: Partial<CreateAliasCommandInput>) =>
      world.lambda.send(
        new CreateAliasCommand({ FunctionName: "aliased", Name: "live", FunctionVersion: "1", ...more }),
      );
    beforeAll(async () => {
      await world.create("aliased", ECHO, { Publish: true });
      await change("aliased", "2");
      await publish("aliased");
    });

    it("are made, read, changed, listed and deleted", async () => {
      const made = await alias({
        Description: "prod",
        RoutingConfig: { AdditionalVersionWeights: { "2": 0.25 } },
      });
      expect(made).toMatchObject({
        AliasArn: `${arnOf("aliased")}:live`,
        Name: "live",
        FunctionVersion: "1",
        Description: "prod",
        RoutingConfig: { AdditionalVersionWeights: { "2": 0.25 } },
      });
      const get = () => world.lambda.send(new GetAliasCommand({ FunctionName: "aliased", Name: "live" }));
      expect(await get()).toMatchObject({ RevisionId: made.RevisionId, FunctionVersion: "1" });
      const update = (RevisionId?: string) =>
        world.lambda.send(
          new UpdateAliasCommand({
            FunctionName: "aliased",
            Name: "live",
            FunctionVersion: "2",
            RoutingConfig: {},
            RevisionId,
          }),
        );
      expect((await refusal(update("other"))).name).toBe("PreconditionFailedException");
      const changed = await update(made.RevisionId);
      expect(changed.RoutingConfig).toBeUndefined();
      expect(changed).toMatchObject({ FunctionVersion: "2", Description: "prod" });
      expect(changed.RevisionId).not.toBe(made.RevisionId);
      await alias({ Name: "other" });
      const list = async (FunctionVersion?: string) => {
        const { Aliases } = await world.lambda.send(
          new ListAliasesCommand({ FunctionName: "aliased", FunctionVersion }),
        );
        return Aliases?.map((one) => one.Name);
      };
      expect(await list()).toEqual(["live", "other"]);
      expect(await list("1")).toEqual(["other"]);
      const configuration = await world.lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName: "aliased", Qualifier: "live" }),
      );
      expect(configuration).toMatchObject({ Version: "2", FunctionArn: `${arnOf("aliased")}:live` });
      const remove = () =>
        world.lambda.send(new DeleteAliasCommand({ FunctionName: "aliased", Name: "live" }));
      expect((await remove()).$metadata.httpStatusCode).toBe(204);
      await remove();
      expect(await refusal(get())).toMatchObject({
        name: "ResourceNotFoundException",
        message: `Cannot find alias arn: ${arnOf("aliased")}:live`,
      });
    });

    it.each([
      [{ FunctionVersion: "10" }, "ResourceNotFoundException", `Function not found: ${arnOf("aliased")}:10`],
      [{ FunctionName: "none" }, "ResourceNotFoundException", `Function not found: ${arnOf("none")}:1`],
      [
        { Name: "2024" },
        "ValidationException",
        "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: " +
          "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
      ],
      [
        { RoutingConfig: { AdditionalVersionWeights: { "1": 0.5 } } },
        "InvalidParameterValueException",
        "Invalid function version 1. Function version 1 is already included in routing configuration.",
      ],
      [
        { RoutingConfig: { AdditionalVersionWeights: { "1": 0.5, "2": 0.5 } } },
        "InvalidParameterValueException",
        "Number of items in AdditionalVersionWeights cannot be greater than 1",
      ],
      [
        { RoutingConfig: { AdditionalVersionWeights: { "2": 2 } } },
        "ValidationException",
        "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' " +
          "failed to satisfy constraint: Map value must satisfy constraint: [Member must " +
          "have value less than or equal to 1.0, Member must have value greater than or " +
          "equal to 0.0, Member must not be null]",
      ],
      [
        { FunctionVersion: "$LATEST", RoutingConfig: { AdditionalVersionWeights: { "2": 0.5 } } },
        "InvalidParameterValueException",
        "$LATEST is not supported for an alias pointing to more than 1 version",
      ],
    ] as const)("are refused: %o", async (input, name, message) => {
      expect(await refusal(alias({ Name: "refused", ...input }))).toMatchObject({ name, message });
    });

    it("are refused twice, and updates of missing ones too", async () => {
      await alias({ Name: "twice" });
      expect(await refusal(alias({ Name: "twice" }))).toMatchObject({
        name: "ResourceConflictException",
        message: `Alias already exists: ${arnOf("aliased")}:twice`,
      });
      expect(
        await refusal(world.lambda.send(new UpdateAliasCommand({ FunctionName: "aliased", Name: "no" }))),
      ).toMatchObject({ message: `Alias not found: ${arnOf("aliased")}:no` });
    });
  });
});
