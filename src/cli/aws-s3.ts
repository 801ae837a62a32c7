import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { UserError } from "../kernel/faults.ts";
import type { AwsCall } from "./aws-call.ts";

/** `localhost` has no subdomains on many machines, so buckets go into the path. */
const connect = ({ settings }: AwsCall) => new S3Client({ ...settings, forcePathStyle: true });

interface Place {
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
}

/** `s3://bucket/key`, or undefined for the path of a file. */
function parsePlace(text: string): Place | undefined {
  const found = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(text);
  return found ? { bucket: found[1] ?? "", key: found[2] ?? "" } : undefined;
}

function placeOf({ operands }: AwsCall): Place {
  const place = parsePlace(operands[0] ?? "");
  if (!place) throw new UserError("name a bucket or an object: s3://BUCKET[/KEY].");
  return place;
}

/** `nuage aws s3 mb` */
export async function makeBucket(call: AwsCall): Promise<number> {
  const { bucket } = placeOf(call);
  const { region } = call.settings;
  await connect(call).send(
    new CreateBucketCommand({
      Bucket: bucket,
      // us-east-1 is the one region that may not be named: it is S3's default.
      ...(region === "us-east-1"
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } }),
    }),
  );
  call.terminal.out(`make_bucket: ${bucket}\n`);
  return 0;
}

/** `nuage aws s3 rb` */
export async function removeBucket(call: AwsCall): Promise<number> {
  const { bucket } = placeOf(call);
  const s3 = connect(call);
  if (call.options.force) await removeAll(call, s3, { bucket, key: "" });
  await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
  call.terminal.out(`remove_bucket: ${bucket}\n`);
  return 0;
}

/** `nuage aws s3 rm` */
export async function remove(call: AwsCall): Promise<number> {
  const place = placeOf(call);
  const s3 = connect(call);
  if (call.options.recursive) await removeAll(call, s3, place);
  else if (place.key === "") throw new UserError("name an object, or remove all of them with --recursive.");
  else await removeOne(call, s3, place);
  return 0;
}

async function removeAll(call: AwsCall, s3: S3Client, { bucket, key }: Place): Promise<void> {
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key }))
    for (const object of page.Contents ?? []) await removeOne(call, s3, { bucket, key: object.Key ?? "" });
}

async function removeOne(call: AwsCall, s3: S3Client, { bucket, key }: Place): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  call.terminal.out(`delete: s3://${bucket}/${key}\n`);
}

/** `nuage aws s3 ls`: buckets, or what lies below a prefix. */
export async function list(call: AwsCall): Promise<number> {
  const s3 = connect(call);
  if (call.operands.length === 0) {
    const { Buckets } = await s3.send(new ListBucketsCommand());
    for (const { CreationDate, Name } of Buckets ?? [])
      call.terminal.out(`${localTime(CreationDate)} ${Name}\n`);
    return 0;
  }
  const { bucket, key } = placeOf(call);
  const flat = call.options.recursive === true;
  let count = 0;
  const pages = paginateListObjectsV2(
    { client: s3 },
    { Bucket: bucket, Prefix: key, ...(flat ? {} : { Delimiter: "/" }) },
  );
  // A listing names objects from where the prefix's last folder begins; a flat one names whole keys.
  const shown = (name = "") => (flat ? name : name.slice(key.lastIndexOf("/") + 1));
  for await (const { CommonPrefixes, Contents } of pages) {
    for (const { Prefix } of CommonPrefixes ?? [])
      call.terminal.out(`${"PRE".padStart(30)} ${shown(Prefix)}\n`);
    for (const { LastModified, Size, Key } of Contents ?? [])
      call.terminal.out(`${localTime(LastModified)} ${String(Size).padStart(10)} ${shown(Key)}\n`);
    count += (CommonPrefixes?.length ?? 0) + (Contents?.length ?? 0);
  }
  return key !== "" && count === 0 ? 1 : 0;
}

/** `2026-11-23 04:05:06` in the terminal's time zone. */
function localTime(date: Date | undefined): string {
  if (!date) return " ".repeat(19);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

/** `nuage aws s3 cp`: up, down, or from one bucket to another. */
export async function copy(call: AwsCall): Promise<number> {
  const [from = "", to = ""] = call.operands;
  const source = parsePlace(from);
  const target = parsePlace(to);
  if (!from || !to || (!source && !target)) {
    throw new UserError("cp takes a source and a target, and at least one begins with s3://.");
  }
  const s3 = connect(call);
  if (!source && target) await upload(call, s3, from, landing(target, from));
  else if (source && !target) await download(call, s3, source, to);
  else if (source && target) {
    const place = landing(target, source.key);
    const path = `${source.bucket}/${source.key.split("/").map(encodeURIComponent).join("/")}`;
    await s3.send(new CopyObjectCommand({ Bucket: place.bucket, Key: place.key, CopySource: path }));
    call.terminal.out(`copy: ${from} to s3://${place.bucket}/${place.key}\n`);
  }
  return 0;
}

/** A bucket or a folder as the target keeps the source's name. */
function landing({ bucket, key }: Place, source: string): Place {
  return key === "" || key.endsWith("/") ? { bucket, key: key + basename(source) } : { bucket, key };
}

async function upload(call: AwsCall, s3: S3Client, file: string, { bucket, key }: Place): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UserError(`there is no file ${file}.`);
  const type = CONTENT_TYPES[extname(file).toLowerCase()];
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: createReadStream(file),
      ContentLength: found.size,
      ...(type ? { ContentType: type } : {}),
    }),
  );
  call.terminal.out(`upload: ${shownPath(file)} to s3://${bucket}/${key}\n`);
}

async function download(call: AwsCall, s3: S3Client, { bucket, key }: Place, to: string): Promise<void> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (!(Body instanceof Readable)) throw new UserError(`s3://${bucket}/${key} has no body.`);
  if (to === "-") {
    for await (const chunk of Body) call.terminal.out(String(chunk));
    return;
  }
  const isFolder = to.endsWith("/") || (await stat(to).catch(() => undefined))?.isDirectory();
  const file = isFolder ? join(to, basename(key)) : to;
  await pipeline(Body, createWriteStream(file));
  call.terminal.out(`download: s3://${bucket}/${key} to ${shownPath(file)}\n`);
}

function shownPath(file: string): string {
  const path = relative(".", file);
  return path.startsWith("..") ? file : `./${path}`;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".csv": "text/csv",
  ".gif": "image/gif",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".js": "text/javascript",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".webp": "image/webp",
  ".zip": "application/zip",
};
