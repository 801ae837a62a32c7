// As much of protocol buffers as traces of OpenTelemetry need to be read. Pure.
// https://protobuf.dev/programming-guides/encoding/

/** The bytes are no message. */
export class NoMessage extends Error {
  override readonly name = "NoMessage";
}

type FieldValue = bigint | Uint8Array;

/** The fields of one message, by number; a field that comes again has several values. */
export class Message {
  readonly #fields = new Map<number, FieldValue[]>();

  constructor(bytes: Uint8Array) {
    let at = 0;
    const varint = (): bigint => {
      let value = 0n;
      for (let shift = 0n; shift < 70n; shift += 7n) {
        const byte = bytes[at++];
        if (byte === undefined) break;
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
      throw new NoMessage("a number does not end");
    };
    const take = (length: number): Uint8Array => {
      if (length < 0 || at + length > bytes.length) throw new NoMessage("a field is longer than its message");
      at += length;
      return bytes.subarray(at - length, at);
    };
    while (at < bytes.length) {
      const tag = Number(varint());
      const type = tag & 7;
      if (type === 0) this.#add(tag >> 3, varint());
      else if (type === 1) this.#add(tag >> 3, take(8));
      else if (type === 2) this.#add(tag >> 3, take(Number(varint())));
      else if (type === 5) this.#add(tag >> 3, take(4));
      else throw new NoMessage(`there is no field of type ${type}`);
    }
  }

  #add(field: number, value: FieldValue): void {
    const values = this.#fields.get(field);
    if (values) values.push(value);
    else this.#fields.set(field, [value]);
  }

  bytes(field: number): Uint8Array | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return value instanceof Uint8Array ? value : undefined;
  }

  text(field: number): string | undefined {
    const bytes = this.bytes(field);
    return bytes && new TextDecoder().decode(bytes);
  }

  whole(field: number): bigint | undefined {
    const value = this.#fields.get(field)?.at(-1);
    return typeof value === "bigint" ? value : undefined;
  }

  /** A fixed number of 64 bits. */
  fixed64(field: number): bigint | undefined {
    const bytes = this.bytes(field);
    return bytes && viewOf(bytes).getBigUint64(0, true);
  }

  double(field: number): number | undefined {
    const bytes = this.bytes(field);
    return bytes && viewOf(bytes).getFloat64(0, true);
  }

  messages(field: number): Message[] {
    return (this.#fields.get(field) ?? []).flatMap((value) =>
      value instanceof Uint8Array ? new Message(value) : [],
    );
  }
}

function viewOf(bytes: Uint8Array): DataView {
  if (bytes.length !== 8) throw new NoMessage("a number of 64 bits has 8 bytes");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
