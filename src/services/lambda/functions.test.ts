import { createHash } from "node:crypto";
import {
  DeleteFunctionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionExists,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arnOf, ECHO, type Lambda, ROLE, refusal, STORES, startLambda, zipOf } from "./lambda.fixture.ts";

describe.each(STORES)("on a %s store", (_kind, options) => {
  let world: Lambda;
  beforeAll(async () => {
    world = await startLambda(options);
  });
  afterAll(() => world.nuage.stop());

  describe("a new function", () => {
    it("has AWS's defaults", async () => {
      const zip = zipOf(ECHO);
      const made = await world.create("defaults");
      expect(made).toMatchObject({
        FunctionName: "defaults",
        FunctionArn: arnOf("defaults"),
        Runtime: "nodejs22.x",
        Role: ROLE,
        Handler: "index.handler",
        CodeSize: zip.length,
        CodeSha256: createHash("sha256").update(zip).digest("base64"),
        Description: "",
        Timeout: 3,
        MemorySize: 128,
        Version: "$LATEST",
        TracingConfig: { Mode: "PassThrough" },
        PackageType: "Zip",
        Architectures: ["x86_64"],
        EphemeralStorage: { Size: 512 },
        SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
        LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/defaults" },
        LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
        RevisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(made.Environment).toBeUndefined();
      expect(made.$metadata.httpStatusCode).toBe(201);
    });

    it("satisfies the SDK's waiters", async () => {
      await world.create("waited");
      const waiting = { client: world.lambda, maxWaitTime: 5 };
      await waitUntilFunctionExists(waiting, { FunctionName: "waited" });
      await waitUntilFunctionActiveV2(waiting, { FunctionName: "waited" });
      await waitUntilFunctionUpdatedV2(waiting, { FunctionName: "waited" });
    });

    it("is read back by name, partial ARN and ARN", async () => {
      await world.create("read", ECHO, { Tags: { team: "a" }, Environment: { Variables: { STAGE: "x" } } });
      for (const FunctionName of ["read", "000000000000:function:read", arnOf("read")]) {
        const { Configuration, Code, Tags } = await world.lambda.send(
          new GetFunctionCommand({ FunctionName }),
        );
        expect(Configuration).toMatchObject({
          FunctionArn: arnOf("read"),
          State: "Active",
          LastUpdateStatus: "Successful",
          Environment: { Variables: { STAGE: "x" } },
        });
        expect(Code?.RepositoryType).toBe("S3");
        expect(Tags).toEqual({ team: "a" });
      }
    });

    it("can have its code downloaded", async () => {
      const zip = zipOf("export const handler = () => 'download';");
      await world.create("download", ECHO, { Code: { ZipFile: zip } });
      const { Code } = await world.lambda.send(new GetFunctionCommand({ FunctionName: "download" }));
      const answer = await fetch(Code?.Location ?? "");
      expect(answer.status).toBe(200);
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(zip);
    });
  });

  describe("CreateFunction refuses", () => {
    const cases: readonly [string, Parameters<Lambda["create"]>[2], string, string | RegExp][] = [
      [
        "an unknown runtime",
        { Runtime: "nodejs99.x" as never },
        "InvalidParameterValueException",
        /^Value nodejs99.x at 'runtime' .*: Member must satisfy enum value set: \[nodejs20.x, .*\] or be/,
      ],
      [
        "a retired runtime",
        { Runtime: "nodejs12.x" },
        "InvalidParameterValueException",
        /^The runtime parameter of nodejs12.x is no longer supported/,
      ],
      ["a runtime that cannot be run here", { Runtime: "dotnet8" }, "NotImplemented", /dotnet8/],
      [
        "a role that is none",
        { Role: "r1" },
        "ValidationException",
        "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: " +
          "Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-z" +
          "A-Z_0-9+=,.@\\-_/]+",
      ],
      [
        "a bad zip",
        { Code: { ZipFile: new TextEncoder().encode("no zip") } },
        "InvalidParameterValueException",
        "Could not unzip uploaded file. Please check your file, then try to upload again.",
      ],
      [
        "an empty zip",
        { Code: { ZipFile: new Uint8Array() } },
        "InvalidParameterValueException",
        "Uploaded file must be a non-empty zip",
      ],
      [
        "no code",
        { Code: {} },
        "InvalidParameterValueException",
        "Please provide a source for function code.",
      ],
      [
        "an image",
        { PackageType: "Image", Code: { ImageUri: "x" } },
        "InvalidParameterValueException",
        /Image is not supported/,
      ],
      [
        "layers",
        { Layers: [`${arnOf("x").replace("function", "layer")}:1`] },
        "InvalidParameterValueException",
        /^Layer version .* does not exist\.$/,
      ],
      [
        "no handler",
        { Handler: undefined },
        "InvalidParameterValueException",
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
      ],
      [
        "two architectures",
        { Architectures: ["x86_64", "arm64"] },
        "ValidationException",
        "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed " +
          "to satisfy constraint: Member must have length less than or equal to 1",
      ],
      [
        "too long a timeout",
        { Timeout: 901 },
        "ValidationException",
        "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: " +
          "Member must have value less than or equal to 900",
      ],
      [
        "reserved variables",
        { Environment: { Variables: { AWS_REGION: "x", OK: "y" } } },
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment " +
          "variables you have provided contains reserved keys that are currently not supported " +
          "for modification. Reserved keys used in this request: AWS_REGION",
      ],
      [
        "too large an environment",
        { Environment: { Variables: { BIG: "x".repeat(4096) } } },
        "InvalidParameterValueException",
        /exceeded the 4KB limit. String measured: \{"BIG":"xx/,
      ],
      [
        "log levels for text",
        { LoggingConfig: { SystemLogLevel: "DEBUG" } },
        "InvalidParameterValueException",
        /^LogLevel is not supported when LogFormat is set to "Text"/,
      ],
      [
        "SnapStart for Node",
        { SnapStart: { ApplyOn: "PublishedVersions" } },
        "InvalidParameterValueException",
        "nodejs22.x is not supported for SnapStart enabled functions.",
      ],
      [
        "51 tags",
        { Tags: Object.fromEntries([...Array(51).keys()].map((n) => [`k${n}`, ""])) },
        "InvalidParameterValueException",
        "Number of tags exceeds resource tag limit.",
      ],
    ];
    it.each(cases)("%s", async (what, input, name, message) => {
      const FunctionName = what.replaceAll(" ", "-").replace(/[^a-zA-Z0-9-]/g, "");
      const got = await refusal(world.create(FunctionName, ECHO, input));
      expect(got.name).toBe(name);
      if (typeof message === "string") expect(got.message).toBe(message);
      else expect(got.message).toMatch(message);
      expect((await refusal(world.lambda.send(new GetFunctionCommand({ FunctionName })))).name).toBe(
        "ResourceNotFoundException",
      );
    });

    it("a name that is taken, and one that is too long", async () => {
      await world.create("taken");
      expect(await refusal(world.create("taken"))).toEqual({
        name: "ResourceConflictException",
        message: "Function already exist: taken",
        status: 409,
      });
      const long = "a".repeat(65);
      expect(await refusal(world.create(long))).toMatchObject({
        name: "InvalidParameterValueException",
        message:
          `1 validation error detected: Value '${long}' at 'functionName' failed to satisfy ` +
          "constraint: Member must have length less than or equal to 64",
      });
    });

    it("a zip above the limit", async () => {
      const refused = await refusal(
        world.create("big", ECHO, { Code: { ZipFile: new Uint8Array(52_428_801) } }),
      );
      expect(refused).toMatchObject({
        message: "Zipped size must be smaller than 52428800 bytes",
        status: 413,
      });
    });
  });

  describe("names", () => {
    it("that do not exist, of another Region or account, or that disagree", async () => {
      const get = (FunctionName: string, Qualifier?: string) =>
        refusal(world.lambda.send(new GetFunctionCommand({ FunctionName, Qualifier })));
      expect(await get("nowhere")).toEqual({
        name: "ResourceNotFoundException",
        message: `Function not found: ${arnOf("nowhere")}`,
        status: 404,
      });
      expect(await get("nowhere", "7")).toMatchObject({
        message: `Function not found: ${arnOf("nowhere")}:7`,
      });
      expect(await get("arn:aws:lambda:eu-west-1:000000000000:function:f")).toMatchObject({
        name: "ResourceNotFoundException",
        message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      });
      expect(await get("arn:aws:lambda:us-east-1:111111111111:function:f")).toMatchObject({
        name: "AccessDeniedException",
        status: 403,
      });
      expect(await get("f:1", "2")).toMatchObject({
        name: "InvalidParameterValueException",
        message: "The derived qualifier from the function name does not match the specified qualifier.",
      });
      expect((await get("invalid:function:name:x:y")).name).toBe("ValidationException");
    });
  });

  describe("updates", () => {
    it("of configuration keep what they do not name, and renew the revision", async () => {
      const made = await world.create("conf", ECHO, { Timeout: 7, Environment: { Variables: { AA: "1" } } });
      const changed = await world.lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: "conf",
          MemorySize: 256,
          LoggingConfig: { LogFormat: "JSON" },
        }),
      );
      expect(changed).toMatchObject({
        Timeout: 7,
        MemorySize: 256,
        Environment: { Variables: { AA: "1" } },
        LoggingConfig: {
          LogFormat: "JSON",
          ApplicationLogLevel: "INFO",
          SystemLogLevel: "INFO",
          LogGroup: "/aws/lambda/conf",
        },
      });
      expect(changed.RevisionId).not.toBe(made.RevisionId);
      const refused = await refusal(
        world.lambda.send(
          new UpdateFunctionConfigurationCommand({ FunctionName: "conf", RevisionId: made.RevisionId }),
        ),
      );
      expect(refused).toEqual({
        name: "PreconditionFailedException",
        message:
          "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlia" +
          "s " +
          "API to retrieve the latest Revision Id",
        status: 412,
      });
    });

    it("of code change the hash; a dry run changes nothing", async () => {
      const made = await world.create("code");
      const ZipFile = zipOf("export const handler = () => 2;");
      const update = (DryRun: boolean) =>
        world.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "code", ZipFile, DryRun }));
      const dry = await update(true);
      const read = () => world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "code" }));
      expect(dry.CodeSha256).not.toBe(made.CodeSha256);
      expect((await read()).CodeSha256).toBe(made.CodeSha256);
      const wet = await update(false);
      expect(wet.CodeSha256).toBe(dry.CodeSha256);
      expect((await read()).CodeSha256).toBe(dry.CodeSha256);
    });

    it("of a function that does not exist are refused", async () => {
      const refused = await refusal(
        world.lambda.send(new UpdateFunctionCodeCommand({ FunctionName: "no", ZipFile: zipOf(ECHO) })),
      );
      expect(refused).toMatchObject({ message: `Function not found: ${arnOf("no")}`, status: 404 });
    });
  });

  describe("deletion and lists", () => {
    it("forgets a function whole", async () => {
      await world.create("gone");
      const before = await world.lambda.send(new GetAccountSettingsCommand({}));
      const deleted = await world.lambda.send(new DeleteFunctionCommand({ FunctionName: "gone" }));
      expect(deleted.$metadata.httpStatusCode).toBe(204);
      const after = await world.lambda.send(new GetAccountSettingsCommand({}));
      expect(after.AccountUsage?.FunctionCount).toBe((before.AccountUsage?.FunctionCount ?? 0) - 1);
      expect(after.AccountUsage?.TotalCodeSize).toBeLessThan(before.AccountUsage?.TotalCodeSize ?? 0);
      expect(
        await refusal(world.lambda.send(new DeleteFunctionCommand({ FunctionName: "gone" }))),
      ).toMatchObject({
        message: `Function not found: ${arnOf("gone")}`,
      });
      const again = await world.create("gone");
      expect(again.Version).toBe("$LATEST");
    });

    it("lists in pages", async () => {
      const names: (string | undefined)[] = [];
      let Marker: string | undefined;
      do {
        const page = await world.lambda.send(new ListFunctionsCommand({ MaxItems: 2, Marker }));
        expect(page.Functions?.length).toBeLessThanOrEqual(2);
        names.push(...(page.Functions ?? []).map((one) => one.FunctionName));
        Marker = page.NextMarker;
      } while (Marker);
      expect(names).toEqual([...names].sort());
      expect(names).toContain("gone");
      expect(new Set(names).size).toBe(names.length);
      expect(
        await refusal(world.lambda.send(new ListFunctionsCommand({ Marker: "nonsense" }))),
      ).toMatchObject({
        name: "InvalidParameterValueException",
      });
    });
  });
});
