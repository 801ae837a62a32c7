// Apps on devices: what they would be told is kept to be read instead.
import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  type CreatePlatformEndpointCommandInput,
  DeleteEndpointCommand,
  DeletePlatformApplicationCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  PublishCommand,
  type PublishCommandInput,
  SetEndpointAttributesCommand,
  SetPlatformApplicationAttributesCommand,
} from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { fresh, lettersTo, refusal, useSns } from "./sns.fixture.ts";

const on = useSns();
const invalid = (what: string) => ({
  name: "InvalidParameterException",
  message: `Invalid parameter: ${what}`,
});
const letters = (to: string) => lettersTo(on.nuage, to);
const say = (more: Omit<PublishCommandInput, "Message">, Message = "hello") =>
  on.sns.send(new PublishCommand({ Message, ...more }));

describe("an app", () => {
  const SECRETS = { PlatformPrincipal: "id", PlatformCredential: "secret" };
  const create = async (Attributes: Record<string, string> = SECRETS, Platform = "ADM") => {
    const command = new CreatePlatformApplicationCommand({ Name: fresh("app"), Platform, Attributes });
    return (await on.sns.send(command)).PlatformApplicationArn ?? "";
  };
  const register = async (
    PlatformApplicationArn: string,
    more: Partial<CreatePlatformEndpointCommandInput> = {},
  ) => {
    const input = { PlatformApplicationArn, Token: "token_1", ...more };
    return (await on.sns.send(new CreatePlatformEndpointCommand(input))).EndpointArn ?? "";
  };
  const endpoint = async (EndpointArn: string) =>
    (await on.sns.send(new GetEndpointAttributesCommand({ EndpointArn }))).Attributes;

  test("is made, shown without its secrets, changed, listed and deleted", async () => {
    const arn = await create();
    expect(arn).toMatch(/^arn:aws:sns:us-east-1:000000000000:app\/ADM\/app-\d+$/);
    const get = async () =>
      (await on.sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn })))
        .Attributes;
    expect(await get()).toEqual({ Enabled: "true" });
    const Attributes = { SuccessFeedbackSampleRate: "50" };
    const set = new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn, Attributes });
    await on.sns.send(set);
    expect(await get()).toEqual({ Enabled: "true", SuccessFeedbackSampleRate: "50" });
    const list = async () =>
      (await on.sns.send(new ListPlatformApplicationsCommand())).PlatformApplications?.map(
        (one) => one.PlatformApplicationArn,
      );
    expect(await list()).toContain(arn);
    const device = await register(arn);
    await on.sns.send(new DeletePlatformApplicationCommand({ PlatformApplicationArn: arn }));
    expect(await list()).not.toContain(arn);
    expect(await refusal(get())).toEqual({
      name: "NotFoundException",
      message: "PlatformApplication does not exist",
    });
    expect(await refusal(endpoint(device))).toMatchObject({ name: "NotFoundException" });
  });

  test.each([
    [{ ApplePlatformTeamID: "t" }, "APNS", "Attributes Reason: PlatformCredential must be specified"],
    [
      { PlatformPrincipal: "p" },
      "ADM",
      "Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential",
    ],
    [
      { PlatformCredential: "c" },
      "ADM",
      "Attributes Reason: PlatformCredential attribute provided without PlatformPrincipal",
    ],
    [SECRETS, "AAA", "Platform Reason: AAA is not supported"],
    [{ ...SECRETS, Other: "1" }, "ADM", "Attributes Reason: Invalid attribute name: Other"],
  ])("cannot be made with %j for %s", async (attributes, platform, what) => {
    expect(await refusal(create(attributes as Record<string, string>, platform))).toEqual(invalid(what));
  });

  test("cannot be made without attributes", async () => {
    expect(await refusal(create({}))).toEqual({
      name: "ValidationError",
      message:
        "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must " +
        "not be null",
    });
  });

  test.each([
    ["", "cannot be empty"],
    ["x".repeat(257), "must be at most 256 characters long"],
    ["@name", "must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"],
  ])("cannot be called %j", async (Name, reason) => {
    const command = new CreatePlatformApplicationCommand({ Name, Platform: "ADM", Attributes: SECRETS });
    expect(await refusal(on.sns.send(command))).toEqual(invalid(`${Name} Reason: ${reason}`));
  });

  test("has devices, one for each token", async () => {
    const app = await create();
    const device = await register(app, { CustomUserData: "ann" });
    expect(device.startsWith(`${app.replace(":app/", ":endpoint/")}/`)).toBe(true);
    expect(await endpoint(device)).toEqual({ Enabled: "true", Token: "token_1", CustomUserData: "ann" });
    expect(await register(app, { CustomUserData: "ann" })).toBe(device);
    expect(await refusal(register(app))).toEqual(
      invalid(
        `Token Reason: Endpoint ${device} already exists with the same Token, but different attributes.`,
      ),
    );
    const set = (Attributes: Record<string, string>) =>
      on.sns.send(new SetEndpointAttributesCommand({ EndpointArn: device, Attributes }));
    await set({ Token: "token_2" });
    expect(await register(app)).not.toBe(device);
    const list = async () =>
      (await on.sns.send(new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: app })))
        .Endpoints ?? [];
    expect(await list()).toHaveLength(2);
    expect(await refusal(set({ Wrong: "1" }))).toEqual(
      invalid("Attributes Reason: Invalid attribute name: Wrong"),
    );
    expect(await refusal(set({ CustomUserData: "x".repeat(2049) }))).toEqual(
      invalid(
        "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long " +
          "in UTF-8 encoding",
      ),
    );
    await on.sns.send(new DeleteEndpointCommand({ EndpointArn: device }));
    await on.sns.send(new DeleteEndpointCommand({ EndpointArn: device }));
    expect(await list()).toHaveLength(1);
    expect(await refusal(endpoint(device))).toEqual({
      name: "NotFoundException",
      message: "Endpoint does not exist",
    });
    expect(await refusal(endpoint("arn:aws:sns:us-east-1:000000000000:endpoint/ADM"))).toEqual(
      invalid("EndpointArn Reason: Wrong number of slashes in relative portion of the ARN."),
    );
  });

  test("is told what is published to its device and to topics, as its platform reads it", async () => {
    const app = await create({ PlatformCredential: "key" }, "GCM");
    const device = await register(app);
    const topic = await on.topic();
    await on.subscribe(topic, "application", device);
    const texts = JSON.stringify({ default: "plain", GCM: '{"data":1}' });
    await say({ TargetArn: device, MessageStructure: "json" }, '{"GCM":"only"}');
    await on.publish(topic, texts, { MessageStructure: "json" });
    expect((await letters(device)).map(({ body }) => body)).toEqual(['{"data":1}', "only"]);
    const Attributes = { Enabled: "false" };
    await on.sns.send(new SetEndpointAttributesCommand({ EndpointArn: device, Attributes }));
    expect(await refusal(say({ TargetArn: device }))).toEqual({
      name: "EndpointDisabledException",
      message: "Endpoint is disabled",
    });
    await on.publish(topic, "unheard");
    expect(await letters(device)).toHaveLength(2);
    const missing = "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/app/none";
    expect(await refusal(say({ TargetArn: missing }))).toEqual(
      invalid("TargetArn Reason: No endpoint found for the target arn specified"),
    );
  });
});
