import { Packr } from "msgpackr/pack";
import type { Value } from "./store.ts";

const OPTIONS = { useRecords: false, skipValues: [undefined], useBigIntExtension: true, copyBuffers: true };
const codec = new Packr(OPTIONS);
/** msgpackr renames a member `__proto__`, so records that hold that text are read as maps first. */
const mapCodec = new Packr({ ...OPTIONS, mapsAsObjects: false });
const RENAMED_MEMBER = "__proto__";

/** Values as MessagePack: the stored bytes share nothing with the caller's objects. */
export function encodeValue(value: Value): Uint8Array {
  return codec.pack(value);
}

export function decodeValue(bytes: Uint8Array): Value {
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Not the Buffer itself: bytes inside would come out as Buffers too.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.includes(RENAMED_MEMBER, 0, "latin1") ? objects(mapCodec.unpack(plain)) : codec.unpack(plain);
}

function objects(value: unknown): Value {
  if (Array.isArray(value)) return value.map(objects);
  if (!(value instanceof Map)) return value as Value;
  const entries = [...value].map(([name, member]) => [name, objects(member)] as const);
  return Object.fromEntries(entries);
}
