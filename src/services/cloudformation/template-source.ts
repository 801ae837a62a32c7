import type * as sdk from "@aws-sdk/client-cloudformation";
import { Fault } from "../../kernel/faults.ts";
import type { Context } from "../define.ts";
import { invalid } from "./faults.ts";

const LARGEST_INLINE = 51_200;
const LARGEST = 1_048_576;

interface Source {
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
}

/** A template's text, from the request or from the bucket that its address names. */
export async function templateFrom(
  context: Context,
  { TemplateBody: body, TemplateURL: url }: Source,
): Promise<string> {
  if (body !== undefined && url !== undefined)
    throw invalid("Either Template URL or Template Body must be specified, not both.");
  if (body !== undefined) {
    const length = Buffer.byteLength(body);
    if (length > LARGEST_INLINE) {
      throw invalid(
        "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must " +
          `have length less than or equal to ${LARGEST_INLINE}`,
      );
    }
    return body;
  }
  if (url === undefined) throw invalid("Either Template URL or Template Body must be specified.");
  return textFrom(context, url, "TemplateURL");
}

/** `https://bucket.s3.region.amazonaws.com/key`, `https://s3.amazonaws.com/bucket/key`, such on localhost. */
export async function textFrom(context: Context, url: string, name: string): Promise<string> {
  const { hostname, pathname } = parsed(url, name);
  const virtual =
    /^(.+)\.s3[.-]/.exec(hostname)?.[1] ?? /^(.+)\.localhost$/.exec(hostname.replace(/\.s3\./, "."))?.[1];
  const [, first = "", ...rest] = pathname.split("/");
  const Bucket = virtual ?? first;
  const Key = decoded(virtual === undefined ? rest.join("/") : pathname.slice(1), name);
  try {
    return await textAt(context, Bucket, Key);
  } catch (error) {
    if (error instanceof Fault && error.code !== "ValidationError") {
      throw invalid(
        `S3 error: ${error.message}\nFor more information check ` +
          "http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
      );
    }
    throw error;
  }
}

/** The text of an object, which is not to be larger than a template may be. */
export async function textAt(context: Context, Bucket: string, Key: string): Promise<string> {
  const { Body } = await context.call("s3", "GetObject", { Bucket, Key });
  const parts: Uint8Array[] = [];
  for await (const part of Body instanceof Uint8Array ? [Body] : (Body ?? [])) parts.push(part);
  const bytes = Buffer.concat(parts);
  if (bytes.length > LARGEST) throw invalid(`Template may not exceed ${LARGEST} bytes in size.`);
  return bytes.toString();
}

function decoded(path: string, name: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid(`${name} must be a supported URL.`);
  }
}

function parsed(url: string, name: string): URL {
  try {
    return new URL(url);
  } catch {
    throw invalid(`${name} must be a supported URL.`);
  }
}

/** Values by name; what is to stay as it is stays. */
export function parametersFrom(
  given: readonly sdk.Parameter[] | undefined,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { ParameterKey: name = "", ParameterValue: value, UsePreviousValue: isKept } of given ?? []) {
    if (isKept) {
      const kept = before?.[name];
      if (kept === undefined)
        throw invalid(
          `Invalid input for parameter key ${name}. Cannot specify usePreviousValue as true for a ` +
            "parameter key not in the previous template",
        );
      values[name] = kept;
    } else if (value !== undefined) values[name] = value;
  }
  return values;
}

const MOST_TAGS = 50;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html */
export function tagsFrom(given: readonly sdk.Tag[] = []): Record<string, string> {
  const tags = given.map(({ Key = "", Value = "" }) => [Key, Value] as const);
  const keys = new Set(tags.map(([key]) => key));
  if (tags.some(([key]) => /^aws:/i.test(key)))
    throw invalid("aws: prefixed tag key names are not allowed for external use.");
  if (keys.size < tags.length) throw invalid("Duplicate tag keys are not allowed.");
  if (tags.length > MOST_TAGS) throw invalid(`A stack can have at most ${MOST_TAGS} tags.`);
  return Object.fromEntries(tags);
}
