import type * as sdk from "@aws-sdk/client-codedeploy";
import { parse } from "yaml";
import type { Context } from "../define.ts";
import { fault } from "./faults.ts";
import type { Shift } from "./records.ts";

declare module "../define.ts" {
  interface Sdks {
    s3: typeof import("@aws-sdk/client-s3");
  }
}

/** The text of a revision: in the request, or in a bucket. */
export async function contentOf(context: Context, revision: sdk.RevisionLocation): Promise<string> {
  const { revisionType, appSpecContent, string, s3Location } = revision;
  const inline = appSpecContent?.content ?? string?.content;
  if (inline !== undefined) return inline;
  if (revisionType !== "S3" || !s3Location?.bucket || !s3Location.key) {
    throw fault("InvalidRevisionException", "The revision was specified in an invalid format.");
  }
  const { Body } = await context
    .call("s3", "GetObject", {
      Bucket: s3Location.bucket,
      Key: s3Location.key,
      ...(s3Location.version ? { VersionId: s3Location.version } : {}),
    })
    .catch(() => {
      throw fault("RevisionDoesNotExistException", "The revision could not be read from Amazon S3.");
    });
  const chunks: Uint8Array[] = [];
  for await (const chunk of Body ?? []) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}

type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members =>
  typeof value === "object" && value !== null ? (value as Members) : {};

/**
 * What an AppSpec, in YAML or JSON, says of a function. Its lists may be lists of maps, or a map.
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-resources.html
 */
export function readAppSpec(content: string): Shift {
  let spec: Members;
  try {
    spec = membersOf(parse(content));
  } catch (error) {
    throw invalid(`The AppSpec file cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const resources = Object.values(merged(spec.Resources ?? spec.resources)).map(membersOf);
  const [resource] = resources;
  if (!resource || resources.length > 1) throw invalid("The AppSpec file must have one resource.");
  if (String(resource.Type) !== "AWS::Lambda::Function") {
    throw invalid(
      `The AppSpec file has a resource of type ${resource.Type}: AWS::Lambda::Function is needed.`,
    );
  }
  const properties = membersOf(resource.Properties);
  const text = (name: string) => {
    const value = properties[name];
    if (value === undefined || value === null || value === "") {
      throw invalid(`The AppSpec file does not say the ${name} of its function.`);
    }
    return String(value);
  };
  const hooks = merged(spec.Hooks ?? spec.hooks);
  const unknown = Object.keys(hooks).find((name) => !/^(Before|After)AllowTraffic$/.test(name));
  if (unknown) throw invalid(`The AppSpec file has a hook ${unknown}, which functions do not have.`);
  return {
    functionName: text("Name"),
    alias: text("Alias"),
    currentVersion: text("CurrentVersion"),
    targetVersion: text("TargetVersion"),
    ...(hooks.BeforeAllowTraffic ? { beforeHook: String(hooks.BeforeAllowTraffic) } : {}),
    ...(hooks.AfterAllowTraffic ? { afterHook: String(hooks.AfterAllowTraffic) } : {}),
  };
}

function merged(value: unknown): Members {
  return Array.isArray(value) ? Object.assign({}, ...value.map(membersOf)) : membersOf(value);
}

const invalid = (message: string) => fault("InvalidRevisionException", message);
