import { formatBase64 } from "./values.ts";

/** Stands in JSON for a blob that is kept apart. */
const MARK = "@blob@";
/** A smaller blob costs less as a part of the text. */
const LEAST_BYTES = 256;

/** The base64 of the blobs of the document that is being written. */
let apart: string[] | undefined;

/** A blob as a member of a document: its base64, or a mark where `writeJson` puts it in later. */
export function writeBlob(bytes: Uint8Array): string {
  const text = formatBase64(bytes);
  if (apart === undefined || bytes.length < LEAST_BYTES) return text;
  apart.push(text);
  return MARK;
}

/**
 * A JSON document. One with large blobs becomes bytes, and its blobs meet neither the search for what must be
 * escaped nor an encoding of text: together these would cost more than all else in a page of records.
 * @param value gives the document's tree, with its blobs from `writeBlob`.
 */
export function writeJson(value: () => unknown): string | Uint8Array {
  apart = [];
  try {
    const text = JSON.stringify(value());
    if (apart.length === 0) return text;
    const bytes = spliced(text, apart);
    if (bytes !== undefined) return bytes;
  } finally {
    apart = undefined;
  }
  // Somebody's text has the mark in it.
  return JSON.stringify(value());
}

/** The text with the blobs in the places of the marks; undefined where there are more marks than blobs. */
function spliced(text: string, blobs: readonly string[]): Uint8Array | undefined {
  const textBytes = Buffer.byteLength(text);
  const encoding = textBytes === text.length ? "latin1" : "utf8";
  const blobBytes = blobs.reduce((sum, blob) => sum + blob.length - MARK.length, 0);
  const bytes = Buffer.allocUnsafe(textBytes + blobBytes);
  let from = 0;
  let at = 0;
  for (const blob of blobs) {
    const mark = text.indexOf(MARK, from);
    at += bytes.write(text.slice(from, mark), at, encoding);
    at += bytes.write(blob, at, "latin1");
    from = mark + MARK.length;
  }
  if (text.includes(MARK, from)) return undefined;
  bytes.write(text.slice(from), at, encoding);
  return bytes;
}
