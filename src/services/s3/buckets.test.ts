import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketCorsCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openS3, refusal, type TestS3 } from "./fixture.ts";

let s3: TestS3;
beforeAll(async () => {
  s3 = await openS3();
});
afterAll(() => s3.close());

describe("buckets", () => {
  test("are made once, in us-east-1 any number of times by their owner", async () => {
    const make = new CreateBucketCommand({ Bucket: "made-once" });
    expect(await s3.client.send(make)).toMatchObject({ Location: "/made-once" });
    expect(await s3.client.send(make)).toMatchObject({ Location: "/made-once" });
    const stranger = s3.clientOf({ credentials: { accessKeyId: "111111111111", secretAccessKey: "x" } });
    expect(await refusal(stranger.send(make))).toMatchObject({ name: "BucketAlreadyExists", status: 409 });
    const elsewhere = { CreateBucketConfiguration: { LocationConstraint: "eu-central-1" as const } };
    const german = new CreateBucketCommand({ Bucket: "made-in-germany", ...elsewhere });
    const { Location } = await s3.client.send(german);
    expect(Location).toBe("http://made-in-germany.s3.amazonaws.com/");
    expect(await refusal(s3.client.send(german))).toMatchObject({
      name: "BucketAlreadyOwnedByYou",
      message: "Your previous request to create the named bucket succeeded and you already own it.",
      status: 409,
    });
  });

  test("know their region", async () => {
    const location = (Bucket: string) => s3.client.send(new GetBucketLocationCommand({ Bucket }));
    expect((await location("made-in-germany")).LocationConstraint).toBe("eu-central-1");
    expect((await location("made-once")).LocationConstraint).toBeUndefined();
    const head = await s3.client.send(new HeadBucketCommand({ Bucket: "made-in-germany" }));
    expect(head.BucketRegion).toBe("eu-central-1");
    const irish = s3.clientOf({ region: "eu-west-1" });
    const wrong = { CreateBucketConfiguration: { LocationConstraint: "us-west-2" as const } };
    expect(
      await refusal(irish.send(new CreateBucketCommand({ Bucket: "anywhere", ...wrong }))),
    ).toMatchObject({
      name: "IllegalLocationConstraintException",
      message:
        "The us-west-2 location constraint is incompatible for the region specific endpoint " +
        "this request was sent to.",
    });
    await irish.send(new CreateBucketCommand({ Bucket: "from-ireland" }));
    expect((await location("from-ireland")).LocationConstraint).toBe("eu-west-1");
  });

  test("have names that follow the rules", async () => {
    for (const Bucket of ["Upper", "a_b", "192.168.0.1"]) {
      expect(await refusal(s3.client.send(new CreateBucketCommand({ Bucket })))).toMatchObject({
        name: "InvalidBucketName",
        message: "The specified bucket is not valid.",
        BucketName: Bucket,
        status: 400,
      });
    }
  });

  test("that are not there are named in the answer", async () => {
    const Bucket = "never-made";
    expect(await refusal(s3.client.send(new HeadBucketCommand({ Bucket })))).toMatchObject({
      name: "NotFound",
      status: 404,
    });
    expect(await refusal(s3.client.send(new DeleteBucketCommand({ Bucket })))).toMatchObject({
      name: "NoSuchBucket",
      message: "The specified bucket does not exist",
      BucketName: Bucket,
      status: 404,
    });
  });

  test("are listed for their owner, page by page", async () => {
    const owner = s3.clientOf({ credentials: { accessKeyId: "222222222222", secretAccessKey: "x" } });
    for (const Bucket of ["list-c", "list-a", "list-b", "other-z"]) {
      await owner.send(new CreateBucketCommand({ Bucket }));
    }
    const all = await owner.send(new ListBucketsCommand({}));
    expect(all.Buckets?.map((bucket) => bucket.Name)).toEqual(["list-a", "list-b", "list-c", "other-z"]);
    expect(all.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    expect(all.Buckets?.[0]?.CreationDate).toBeInstanceOf(Date);
    const first = await owner.send(new ListBucketsCommand({ Prefix: "list-", MaxBuckets: 2 }));
    expect(first.Buckets?.map((bucket) => bucket.Name)).toEqual(["list-a", "list-b"]);
    const { ContinuationToken } = first;
    const rest = await owner.send(
      new ListBucketsCommand({ Prefix: "list-", MaxBuckets: 2, ContinuationToken }),
    );
    expect(rest.Buckets?.map((bucket) => bucket.Name)).toEqual(["list-c"]);
    expect(rest.ContinuationToken).toBeUndefined();
    expect(await refusal(owner.send(new ListBucketsCommand({ MaxBuckets: 0 })))).toMatchObject({
      name: "InvalidArgument",
    });
    expect(await refusal(owner.send(new ListBucketsCommand({ BucketRegion: "mars" })))).toMatchObject({
      message: "Argument value mars is not a valid AWS Region",
    });
  });

  test("go only when they are empty, and take unfinished uploads with them", async () => {
    const Bucket = "to-be-removed";
    await s3.client.send(new CreateBucketCommand({ Bucket }));
    await s3.client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "" }));
    expect(await refusal(s3.client.send(new DeleteBucketCommand({ Bucket })))).toMatchObject({
      name: "BucketNotEmpty",
      message: "The bucket you tried to delete is not empty",
      BucketName: Bucket,
      status: 409,
    });
    await s3.client.send(new DeleteObjectCommand({ Bucket, Key: "k" }));
    const before = await s3.blobIds();
    const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand({ Bucket, Key: "u" }));
    const Body = Buffer.alloc(40_000);
    await s3.client.send(new UploadPartCommand({ Bucket, Key: "u", UploadId, PartNumber: 1, Body }));
    await s3.client.send(
      new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } }),
    );
    await s3.client.send(new DeleteBucketCommand({ Bucket }));
    expect(await s3.blobIds()).toEqual(before);
    await s3.client.send(new CreateBucketCommand({ Bucket }));
    expect(await refusal(s3.client.send(new GetBucketTaggingCommand({ Bucket })))).toMatchObject({
      name: "NoSuchTagSet",
    });
  });

  test("may be named with the owner they must have", async () => {
    const Bucket = "owned-bucket";
    await s3.client.send(new CreateBucketCommand({ Bucket }));
    const head = (ExpectedBucketOwner: string) =>
      s3.client.send(new GetBucketLocationCommand({ Bucket, ExpectedBucketOwner }));
    await head("000000000000");
    expect(await refusal(head("111111111111"))).toMatchObject({ name: "AccessDenied", status: 403 });
    expect(await refusal(head("nobody"))).toMatchObject({ name: "InvalidBucketOwnerAWSAccountID" });
  });
});

describe("bucket configurations", () => {
  const Bucket = "configured";
  beforeAll(() => s3.client.send(new CreateBucketCommand({ Bucket })));

  test("what was never set", async () => {
    expect((await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    expect(await refusal(s3.client.send(new GetBucketWebsiteCommand({ Bucket })))).toMatchObject({
      name: "NoSuchWebsiteConfiguration",
      status: 404,
    });
    expect(
      await refusal(s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))),
    ).toMatchObject({ name: "NoSuchLifecycleConfiguration", BucketName: Bucket });
    const versioning = new PutBucketVersioningCommand({
      Bucket,
      VersioningConfiguration: { Status: "Enabled" },
    });
    expect(await refusal(s3.client.send(versioning))).toMatchObject({ status: 501 });
  });

  test("encryption", async () => {
    const rule = async () => {
      const answer = await s3.client.send(new GetBucketEncryptionCommand({ Bucket }));
      return answer.ServerSideEncryptionConfiguration?.Rules?.[0];
    };
    expect(await rule()).toMatchObject({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } });
    await s3.client.send(
      new PutBucketEncryptionCommand({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: "my-key" },
              BucketKeyEnabled: true,
            },
          ],
        },
      }),
    );
    const put = await s3.client.send(new PutObjectCommand({ Bucket, Key: "k", Body: "x" }));
    expect(put).toMatchObject({
      ServerSideEncryption: "aws:kms",
      SSEKMSKeyId: "my-key",
      BucketKeyEnabled: true,
    });
    await s3.client.send(new DeleteBucketEncryptionCommand({ Bucket }));
    expect(await rule()).toMatchObject({ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } });
    const head = await s3.client.send(new HeadObjectCommand({ Bucket, Key: "k" }));
    expect(head.ServerSideEncryption).toBe("aws:kms");
  });

  test("tags", async () => {
    const put = (TagSet: { Key: string; Value: string }[]) =>
      s3.client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
    const TagSet = [{ Key: "team", Value: "blue sky" }];
    await put(TagSet);
    expect((await s3.client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual(TagSet);
    expect(await refusal(put([...TagSet, ...TagSet]))).toMatchObject({
      name: "InvalidTag",
      message: "Cannot provide multiple Tags with the same key",
      TagKey: "team",
    });
    expect(await refusal(put([{ Key: "aws:x", Value: "" }]))).toMatchObject({
      message: "System tags cannot be added/updated by requester",
    });
    expect(await refusal(put([{ Key: "a,b", Value: "" }]))).toMatchObject({
      message: "The TagKey you have provided is invalid",
    });
    await s3.client.send(new DeleteBucketTaggingCommand({ Bucket }));
    expect(await refusal(s3.client.send(new GetBucketTaggingCommand({ Bucket })))).toMatchObject({
      name: "NoSuchTagSet",
      message: "The TagSet does not exist",
    });
  });

  test("CORS rules are kept, checked and in force", async () => {
    const get = () => s3.client.send(new GetBucketCorsCommand({ Bucket }));
    expect(await refusal(get())).toMatchObject({ name: "NoSuchCORSConfiguration", status: 404 });
    const rule = {
      ID: "one",
      AllowedOrigins: ["https://*.example.com"],
      AllowedMethods: ["GET", "PUT"],
      AllowedHeaders: ["*"],
      ExposeHeaders: ["ETag"],
      MaxAgeSeconds: 60,
    };
    const put = (change: object) =>
      s3.client.send(
        new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [{ ...rule, ...change }] } }),
      );
    await put({});
    expect((await get()).CORSRules).toEqual([rule]);
    const ask = (origin: string) =>
      fetch(`${s3.endpoint}/${Bucket}/k`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "PUT" },
      });
    const allowed = await ask("https://a.example.com");
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://a.example.com");
    expect((await ask("https://elsewhere.com")).status).toBe(403);
    expect(await refusal(put({ AllowedMethods: ["PATCH"] }))).toMatchObject({
      name: "InvalidRequest",
      message: "Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
    });
    expect(await refusal(put({ AllowedOrigins: ["*.*"] }))).toMatchObject({
      message: 'AllowedOrigin "*.*" can not have more than one wildcard.',
    });
    await s3.client.send(new DeleteBucketCorsCommand({ Bucket }));
    expect(await refusal(get())).toMatchObject({ name: "NoSuchCORSConfiguration" });
  });

  test("policies are kept as they are", async () => {
    const get = () => s3.client.send(new GetBucketPolicyCommand({ Bucket }));
    const put = (Policy: string) => s3.client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect(await refusal(get())).toMatchObject({ name: "NoSuchBucketPolicy", BucketName: Bucket });
    const policy = `{ "Version": "2012-10-17",
      "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" }] }`;
    await put(policy);
    expect((await get()).Policy).toBe(policy);
    const status = await s3.client.send(new GetBucketPolicyStatusCommand({ Bucket }));
    expect(status.PolicyStatus?.IsPublic).toBe(true);
    expect(await refusal(put("nonsense"))).toMatchObject({
      name: "MalformedPolicy",
      message: "Policies must be valid JSON and the first byte must be '{'",
    });
    expect(await refusal(put("{}"))).toMatchObject({ message: "Missing required field Statement" });
    await s3.client.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect(await refusal(get())).toMatchObject({ name: "NoSuchBucketPolicy" });
  });

  test("public access, ownership and access lists", async () => {
    const block = () => s3.client.send(new GetPublicAccessBlockCommand({ Bucket }));
    expect((await block()).PublicAccessBlockConfiguration?.BlockPublicAcls).toBe(true);
    const PublicAccessBlockConfiguration = { BlockPublicAcls: false, IgnorePublicAcls: true };
    await s3.client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    expect((await block()).PublicAccessBlockConfiguration).toEqual({
      ...PublicAccessBlockConfiguration,
      BlockPublicPolicy: false,
      RestrictPublicBuckets: false,
    });
    await s3.client.send(new DeletePublicAccessBlockCommand({ Bucket }));
    expect(await refusal(block())).toMatchObject({ name: "NoSuchPublicAccessBlockConfiguration" });

    const open = () => s3.client.send(new PutBucketAclCommand({ Bucket, ACL: "public-read" }));
    expect(await refusal(open())).toMatchObject({
      name: "AccessControlListNotSupported",
      message: "The bucket does not allow ACLs",
    });
    const Rules = [{ ObjectOwnership: "ObjectWriter" as const }];
    await s3.client.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules } }));
    await open();
    const acl = await s3.client.send(new GetBucketAclCommand({ Bucket }));
    expect(acl.Grants).toEqual([
      { Grantee: { ...acl.Owner, Type: "CanonicalUser" }, Permission: "FULL_CONTROL" },
      {
        Grantee: { Type: "Group", URI: "http://acs.amazonaws.com/groups/global/AllUsers" },
        Permission: "READ",
      },
    ]);
    await s3.client.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
    expect(await refusal(s3.client.send(new GetBucketOwnershipControlsCommand({ Bucket })))).toMatchObject({
      name: "OwnershipControlsNotFoundError",
      status: 404,
    });
  });
});
