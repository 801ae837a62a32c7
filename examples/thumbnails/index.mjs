// For every photograph that arrives, a thumbnail of at most 320 pixels a side under the same name in the
// bucket that THUMBNAILS names. Nothing here knows where it runs: the same zip works on AWS.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import sharp from "sharp";

const s3 = new S3Client();
const SIDE_PX = 320;

/** @typedef {{ bucket: { name: string }, object: { key: string, size: number } }} Arrival */

/** @param {{ Records: { s3: Arrival }[] }} event */
export async function handler(event) {
  return Promise.all(event.Records.map((record) => shrink(record.s3)));
}

/** @param {Arrival} arrival */
async function shrink({ bucket, object }) {
  // Keys in S3's events are encoded as in a form.
  const key = decodeURIComponent(object.key.replaceAll("+", " "));
  const photo = await s3.send(new GetObjectCommand({ Bucket: bucket.name, Key: key }));
  const { data, info } = await sharp(await photo.Body?.transformToByteArray())
    .rotate()
    .resize({ width: SIDE_PX, height: SIDE_PX, fit: "inside", withoutEnlargement: true })
    .toBuffer({ resolveWithObject: true });
  await s3.send(
    new PutObjectCommand({
      Bucket: process.env.THUMBNAILS,
      Key: key,
      Body: data,
      ContentType: `image/${info.format}`,
    }),
  );
  console.log(`${key}: ${object.size} bytes became ${data.length}, ${info.width} x ${info.height}`);
  return { key, width: info.width, height: info.height, sizeBytes: data.length };
}
