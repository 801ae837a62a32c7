import * as sdk from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Nuage, startNuage } from "../../testing/index.ts";

let nuage: Nuage;
let ecr: sdk.ECRClient;
beforeAll(async () => {
  nuage = await startNuage();
  ecr = nuage.client(sdk.ECRClient);
});
afterAll(() => nuage.stop());

const refusal = async (sent: Promise<unknown>) =>
  sent.then(
    () => "none",
    ({ name, message }: Error) => `${name}: ${message}`,
  );

test("repositories are made, shown, tagged and taken away", async () => {
  const create = new sdk.CreateRepositoryCommand({
    repositoryName: "shop/web",
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    tags: [{ Key: "team", Value: "a" }],
  });
  const { repository } = await ecr.send(create);
  expect(repository).toMatchObject({
    repositoryArn: "arn:aws:ecr:us-east-1:000000000000:repository/shop/web",
    repositoryUri: "000000000000.dkr.ecr.us-east-1.amazonaws.com/shop/web",
    imageTagMutability: "IMMUTABLE",
    encryptionConfiguration: { encryptionType: "AES256" },
  });
  expect(await refusal(ecr.send(create))).toBe(
    "RepositoryAlreadyExistsException: The repository with name 'shop/web' already exists in the registry " +
      "with id '000000000000'",
  );
  const resourceArn = repository?.repositoryArn;
  await ecr.send(new sdk.TagResourceCommand({ resourceArn, tags: [{ Key: "cost", Value: "1" }] }));
  await ecr.send(new sdk.UntagResourceCommand({ resourceArn, tagKeys: ["team"] }));
  const { tags } = await ecr.send(new sdk.ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual([{ Key: "cost", Value: "1" }]);
  await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName: "other" }));
  const first = await ecr.send(new sdk.DescribeRepositoriesCommand({ maxResults: 1 }));
  const rest = await ecr.send(new sdk.DescribeRepositoriesCommand({ nextToken: first.nextToken }));
  expect(
    [...(first.repositories ?? []), ...(rest.repositories ?? [])].map((each) => each.repositoryName),
  ).toEqual(["other", "shop/web"]);
  await ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName: "other" }));
  const none = ecr.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: ["other"] }));
  expect(await refusal(none)).toBe(
    "RepositoryNotFoundException: The repository with name 'other' does not exist in the registry with id " +
      "'000000000000'",
  );
  const wrong = ecr.send(new sdk.CreateRepositoryCommand({ repositoryName: "No Name" }));
  expect(await refusal(wrong)).toMatch(/^InvalidParameterException/);
});

test("policies are kept", async () => {
  const repositoryName = "policies";
  await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName }));
  const read = () => ecr.send(new sdk.GetRepositoryPolicyCommand({ repositoryName }));
  expect(await refusal(read())).toMatch(/^RepositoryPolicyNotFoundException/);
  const policyText = '{"Version":"2012-10-17","Statement":[]}';
  await ecr.send(new sdk.SetRepositoryPolicyCommand({ repositoryName, policyText }));
  expect(await read()).toMatchObject({ policyText });
  await ecr.send(new sdk.DeleteRepositoryPolicyCommand({ repositoryName }));
  expect(await refusal(read())).toMatch(/^RepositoryPolicyNotFoundException/);
  const lifecyclePolicyText = '{"rules":[]}';
  await ecr.send(new sdk.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
  expect(await ecr.send(new sdk.GetLifecyclePolicyCommand({ repositoryName }))).toMatchObject({
    lifecyclePolicyText,
  });
});

test("images are found by digest and tag, and keep a repository", async () => {
  const repositoryName = "images";
  await ecr.send(new sdk.CreateRepositoryCommand({ repositoryName }));
  const put = (imageManifest: string, imageTag: string) =>
    ecr.send(new sdk.PutImageCommand({ repositoryName, imageManifest, imageTag }));
  const one = await put('{"a":1}', "latest");
  await put('{"a":2}', "latest");
  const { imageIds = [] } = await ecr.send(new sdk.ListImagesCommand({ repositoryName }));
  expect(imageIds.map(({ imageTag }) => imageTag).sort()).toEqual(["latest", undefined]);
  const got = await ecr.send(
    new sdk.BatchGetImageCommand({
      repositoryName,
      imageIds: [{ imageTag: "latest" }, { imageTag: "none" }],
    }),
  );
  expect(got.images?.map(({ imageManifest }) => imageManifest)).toEqual(['{"a":2}']);
  expect(got.failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
  const remove = (force: boolean) => ecr.send(new sdk.DeleteRepositoryCommand({ repositoryName, force }));
  expect(await refusal(remove(false))).toMatch(/^RepositoryNotEmptyException/);
  const gone = await ecr.send(
    new sdk.BatchDeleteImageCommand({
      repositoryName,
      imageIds: [{ imageDigest: one.image?.imageId?.imageDigest }],
    }),
  );
  expect(gone.imageIds).toHaveLength(1);
  await remove(true);
});

test("a token to log in with", async () => {
  const { authorizationData: [data] = [] } = await ecr.send(new sdk.GetAuthorizationTokenCommand({}));
  expect(Buffer.from(data?.authorizationToken ?? "", "base64").toString()).toMatch(/^AWS:/);
  expect(data?.proxyEndpoint).toBe("https://000000000000.dkr.ecr.us-east-1.amazonaws.com");
});
