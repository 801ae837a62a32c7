import * as lambda from "@aws-sdk/client-lambda";
import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { compileModel, requestLine } from "./model.ts";
import { protocolOf } from "./protocols.ts";

const s3Model = compileModel("s3", { protocols: ["restXml"], version: "2006-03-01", signingName: "s3" }, s3);
const lambdaModel = compileModel(
  "lambda",
  { protocols: ["restJson1"], version: "2015-03-31", signingName: "lambda" },
  lambda,
);

function s3Name(line: string, headers: Record<string, string> = {}): string | undefined {
  const [method = "", target = ""] = line.split(" ");
  const [path = "", query = ""] = target.split("?");
  return protocolOf("restXml").operationName(s3Model, {
    method,
    path,
    query,
    headers,
    body: new Uint8Array(),
  });
}

test.each([
  ["GET /", "ListBuckets"],
  ["GET /?x-id=ListBuckets", "ListBuckets"],
  ["GET /?x-id=ListDirectoryBuckets", "ListDirectoryBuckets"],
  ["PUT /b", "CreateBucket"],
  ["PUT /b/", "CreateBucket"],
  ["HEAD /b", "HeadBucket"],
  ["DELETE /b", "DeleteBucket"],
  ["GET /b", "ListObjects"],
  ["GET /b/?prefix=x&marker=y", "ListObjects"],
  ["GET /b?list-type=2&prefix=x", "ListObjectsV2"],
  ["GET /b?versions", "ListObjectVersions"],
  ["GET /b?location", "GetBucketLocation"],
  ["GET /b?location=", "GetBucketLocation"],
  ["GET /b?versioning", "GetBucketVersioning"],
  ["PUT /b?versioning", "PutBucketVersioning"],
  ["GET /b?cors", "GetBucketCors"],
  ["PUT /b?notification", "PutBucketNotificationConfiguration"],
  ["GET /b?uploads", "ListMultipartUploads"],
  ["GET /b?analytics", "ListBucketAnalyticsConfigurations"],
  ["GET /b?analytics&id=1", "GetBucketAnalyticsConfiguration"],
  ["GET /b?inventory&id=1", "GetBucketInventoryConfiguration"],
  ["POST /b?delete", "DeleteObjects"],
  ["GET /b?session", "CreateSession"],
  ["PUT /b/k", "PutObject"],
  ["PUT /b/k?x-id=PutObject", "PutObject"],
  ["PUT /b/a//b/", "PutObject"],
  ["PUT /b//", "PutObject"],
  ["PUT /b/k?partNumber=1&uploadId=x", "UploadPart"],
  ["PUT /b/k?partNumber=1&uploadId=x&x-id=UploadPart", "UploadPart"],
  ["PUT /b/k?tagging", "PutObjectTagging"],
  ["PUT /b/k?acl", "PutObjectAcl"],
  ["PUT /b/k?retention", "PutObjectRetention"],
  ["PUT /b/k?renameObject", "RenameObject"],
  ["GET /b/k", "GetObject"],
  ["GET /b/k?versionId=1&partNumber=2", "GetObject"],
  ["GET /b/k?uploadId=1", "ListParts"],
  ["GET /b/k?attributes", "GetObjectAttributes"],
  ["GET /b/k?torrent", "GetObjectTorrent"],
  ["HEAD /b/k", "HeadObject"],
  ["DELETE /b/k", "DeleteObject"],
  ["DELETE /b/k?uploadId=x", "AbortMultipartUpload"],
  ["DELETE /b/k?tagging", "DeleteObjectTagging"],
  ["POST /b/k?uploads", "CreateMultipartUpload"],
  ["POST /b/k?uploadId=x", "CompleteMultipartUpload"],
  ["POST /b/k?restore", "RestoreObject"],
  ["POST /b/k?select&select-type=2", "SelectObjectContent"],
])("S3 routes %s to %s", (line, name) => {
  expect(s3Name(line)).toBe(name);
});

test("S3's copies are told by their source header", () => {
  const headers = { "x-amz-copy-source": "/b/other" };
  expect(s3Name("PUT /b/k", headers)).toBe("CopyObject");
  expect(s3Name("PUT /b/k?x-id=CopyObject", headers)).toBe("CopyObject");
  expect(s3Name("PUT /b/k?partNumber=1&uploadId=x", headers)).toBe("UploadPartCopy");
});

test.each([
  ["GET", "/2015-03-31/functions", "ListFunctions"],
  ["GET", "/2015-03-31/functions/", "ListFunctions"],
  ["POST", "/2015-03-31/functions", "CreateFunction"],
  ["GET", "/2015-03-31/functions/f", "GetFunction"],
  ["GET", "/2015-03-31/functions/f/configuration", "GetFunctionConfiguration"],
  ["POST", "/2015-03-31/functions/f/invocations", "Invoke"],
  ["POST", "/2021-11-15/functions/f/response-streaming-invocations", "InvokeWithResponseStream"],
  ["GET", "/2015-03-31/functions/f/aliases/a", "GetAlias"],
  ["GET", "/2018-10-31/layers", "ListLayers"],
  ["GET", "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Af", "ListTags"],
])("Lambda routes %s %s to %s", (method, path, name) => {
  expect(lambdaModel.route(method, path, "")?.name).toBe(name);
});

test("an unknown path has no operation", () => {
  expect(lambdaModel.route("GET", "/nowhere", "")).toBeUndefined();
  expect(lambdaModel.route("PATCH", "/2015-03-31/functions", "")).toBeUndefined();
});

test("every operation is reachable by its own line", () => {
  for (const model of [s3Model, lambdaModel]) {
    for (const operation of model.operations.values()) {
      const line = requestLine(operation);
      const path = line.path.replaceAll(/\{\w+\+?\}/g, "x");
      const query = [line.literals, ...line.requiredQuery.map((key) => `${key}=1`)].filter(Boolean).join("&");
      const copied = operation.name === "CopyObject" || operation.name === "UploadPartCopy";
      const found = model.route(line.method, path, query)?.name;
      if (copied) expect(["PutObject", "CopyObject", "UploadPart", "UploadPartCopy"]).toContain(found);
      else expect(found).toBe(operation.name);
    }
  }
});
