import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  DeleteSAMLProviderCommand,
  GetOpenIDConnectProviderCommand,
  GetSAMLProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  ListSAMLProvidersCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
  UpdateSAMLProviderCommand,
} from "@aws-sdk/client-iam";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startIam } from "./iam.fixture.ts";

let nuage: Nuage;
let iam: IAMClient;

beforeAll(async () => {
  nuage = await startIam();
  iam = nuage.client(IAMClient);
});
afterAll(() => nuage?.stop());

const THUMBPRINT = "6938fd4d98bab03faadb97b34396831e3780aea1";

test("an OpenID Connect provider is kept by its address", async () => {
  const Url = "https://token.actions.githubusercontent.com";
  const input = { Url, ClientIDList: ["sts.amazonaws.com"], ThumbprintList: [THUMBPRINT] };
  const { OpenIDConnectProviderArn } = await iam.send(new CreateOpenIDConnectProviderCommand(input));
  expect(OpenIDConnectProviderArn).toBe(
    "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
  );
  await expect(iam.send(new CreateOpenIDConnectProviderCommand(input))).rejects.toMatchObject({
    name: "EntityAlreadyExistsException",
    message: `Provider with url ${Url} already exists.`,
  });
  const arn = { OpenIDConnectProviderArn };
  await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...arn, ClientID: "other" }));
  await iam.send(
    new RemoveClientIDFromOpenIDConnectProviderCommand({ ...arn, ClientID: "sts.amazonaws.com" }),
  );
  const other = THUMBPRINT.replace("6", "7");
  await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...arn, ThumbprintList: [other] }));
  await iam.send(new TagOpenIDConnectProviderCommand({ ...arn, Tags: [{ Key: "a", Value: "1" }] }));
  expect(await iam.send(new GetOpenIDConnectProviderCommand(arn))).toMatchObject({
    Url: "token.actions.githubusercontent.com",
    ClientIDList: ["other"],
    ThumbprintList: [other],
    Tags: [{ Key: "a", Value: "1" }],
  });
  expect((await iam.send(new ListOpenIDConnectProviderTagsCommand(arn))).Tags).toHaveLength(1);
  const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
  expect(OpenIDConnectProviderList).toEqual([{ Arn: OpenIDConnectProviderArn }]);
  await iam.send(new DeleteOpenIDConnectProviderCommand(arn));
  await expect(iam.send(new GetOpenIDConnectProviderCommand(arn))).rejects.toMatchObject({
    name: "NoSuchEntityException",
    message: `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`,
  });
});

test.each([
  [
    { Url: "http://plain.example" },
    { name: "ValidationError", message: "Invalid Open ID Connect Provider URL" },
  ],
  [{ Url: "https://a.example", ThumbprintList: ["short"] }, { name: "ValidationError" }],
  [
    { Url: "https://a.example", ThumbprintList: Array.from({ length: 6 }, () => THUMBPRINT) },
    { name: "InvalidInputException", message: "Thumbprint list must contain fewer than 5 entries." },
  ],
])("an OpenID Connect provider is refused: %j", async (input, error) => {
  await expect(iam.send(new CreateOpenIDConnectProviderCommand(input))).rejects.toMatchObject(error);
});

const metadata = (validUntil: string) =>
  `<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"
    validUntil="${validUntil}" entityID="https://idp.example">${" ".repeat(1000)}</md:EntityDescriptor>`;

test("a SAML provider is kept with its metadata", async () => {
  const SAMLMetadataDocument = metadata("2030-01-02T03:04:05Z");
  const create = (document: string) =>
    iam.send(new CreateSAMLProviderCommand({ Name: "corp", SAMLMetadataDocument: document }));
  await expect(create("x".repeat(1000))).rejects.toMatchObject({ name: "InvalidInputException" });
  const { SAMLProviderArn } = await create(SAMLMetadataDocument);
  expect(SAMLProviderArn).toBe("arn:aws:iam::000000000000:saml-provider/corp");
  expect(await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn }))).toMatchObject({
    SAMLMetadataDocument,
    ValidUntil: new Date("2030-01-02T03:04:05Z"),
  });
  await iam.send(
    new UpdateSAMLProviderCommand({
      SAMLProviderArn,
      SAMLMetadataDocument: metadata("2031-01-02T03:04:05Z"),
    }),
  );
  const { SAMLProviderList } = await iam.send(new ListSAMLProvidersCommand({}));
  expect(SAMLProviderList).toMatchObject([
    { Arn: SAMLProviderArn, ValidUntil: new Date("2031-01-02T03:04:05Z") },
  ]);
  await iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
  await expect(iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});
