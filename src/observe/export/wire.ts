// Requests of OpenTelemetry as bytes. They are made as OTLP's JSON has them; for protocol buffers their
// fields are numbered here. Pure.
// https://github.com/open-telemetry/opentelemetry-proto and https://protobuf.dev/programming-guides/encoding/

type Plain = "text" | "hex" | "fixed64" | "fixed32" | "double" | "varint" | "bool";

/** The fields of a message: number and kind by name. A list of values is a repeated field. */
interface Form {
  readonly [name: string]: readonly [number, Plain | Form];
}

const VARINT = 0;
const BITS_64 = 1;
const BYTES = 2;
const BITS_32 = 5;

const ARRAY: { values?: readonly [number, Form] } = {};
const VALUE: Form = {
  stringValue: [1, "text"],
  boolValue: [2, "bool"],
  intValue: [3, "varint"],
  doubleValue: [4, "double"],
  arrayValue: [5, ARRAY as Form],
};
ARRAY.values = [1, VALUE];
const PAIR: Form = { key: [1, "text"], value: [2, VALUE] };
const RESOURCE: Form = { attributes: [1, PAIR] };
const SCOPE: Form = { name: [1, "text"], version: [2, "text"] };

const SPAN: Form = {
  traceId: [1, "hex"],
  spanId: [2, "hex"],
  parentSpanId: [4, "hex"],
  name: [5, "text"],
  kind: [6, "varint"],
  startTimeUnixNano: [7, "fixed64"],
  endTimeUnixNano: [8, "fixed64"],
  attributes: [9, PAIR],
  events: [11, { timeUnixNano: [1, "fixed64"], name: [2, "text"], attributes: [3, PAIR] }],
  links: [13, { traceId: [1, "hex"], spanId: [2, "hex"], attributes: [4, PAIR] }],
  status: [15, { message: [2, "text"], code: [3, "varint"] }],
  flags: [16, "fixed32"],
};

const LOG_RECORD: Form = {
  timeUnixNano: [1, "fixed64"],
  severityNumber: [2, "varint"],
  severityText: [3, "text"],
  body: [5, VALUE],
  attributes: [6, PAIR],
  flags: [8, "fixed32"],
  traceId: [9, "hex"],
  spanId: [10, "hex"],
  observedTimeUnixNano: [11, "fixed64"],
};

const SUMMARY_POINT: Form = {
  startTimeUnixNano: [2, "fixed64"],
  timeUnixNano: [3, "fixed64"],
  count: [4, "fixed64"],
  sum: [5, "double"],
  quantileValues: [6, { quantile: [1, "double"], value: [2, "double"] }],
  attributes: [7, PAIR],
};

const METRIC: Form = {
  name: [1, "text"],
  unit: [3, "text"],
  summary: [11, { dataPoints: [1, SUMMARY_POINT] }],
};

/** What one signal's request is made of, and an answer to one, by the names that they have in JSON. */
const REQUESTS = {
  traces: { resourceSpans: [1, perResource("scopeSpans", "spans", SPAN)] },
  metrics: { resourceMetrics: [1, perResource("scopeMetrics", "metrics", METRIC)] },
  logs: { resourceLogs: [1, perResource("scopeLogs", "logRecords", LOG_RECORD)] },
  answer: { partialSuccess: [1, { rejectedSpans: [1, "varint"], errorMessage: [2, "text"] }] },
} as const satisfies Record<string, Form>;

function perResource(scopes: string, records: string, record: Form): Form {
  return {
    resource: [1, RESOURCE],
    [scopes]: [2, { scope: [1, SCOPE], [records]: [2, record] }],
    schemaUrl: [3, "text"],
  };
}

export function toProtobuf(signal: keyof typeof REQUESTS, request: object): Uint8Array {
  return encode(REQUESTS[signal], request);
}

function encode(form: Form, message: object): Buffer {
  const parts: Uint8Array[] = [];
  for (const [name, given] of Object.entries(message)) {
    const field = form[name];
    if (!field || given === undefined) continue;
    for (const value of Array.isArray(given) ? given : [given]) writeField(parts, field, value);
  }
  return Buffer.concat(parts);
}

function writeField(parts: Uint8Array[], [number, kind]: Form[string], value: unknown): void {
  if (typeof kind === "object") {
    const bytes = encode(kind, value as object);
    parts.push(varint((number << 3) | BYTES), varint(bytes.length), bytes);
  } else if (kind === "text" || kind === "hex") {
    const bytes = Buffer.from(String(value), kind === "hex" ? "hex" : "utf8");
    parts.push(varint((number << 3) | BYTES), varint(bytes.length), bytes);
  } else if (kind === "varint" || kind === "bool") {
    const whole = typeof value === "string" ? value : Number(value);
    parts.push(varint((number << 3) | VARINT), varint(whole));
  } else {
    parts.push(varint((number << 3) | (kind === "fixed32" ? BITS_32 : BITS_64)), fixed(kind, value));
  }
}

function fixed(kind: "fixed64" | "fixed32" | "double", value: unknown): Uint8Array {
  const bytes = Buffer.alloc(kind === "fixed32" ? 4 : 8);
  if (kind === "double") bytes.writeDoubleLE(Number(value));
  else if (kind === "fixed32") bytes.writeUInt32LE(Number(value));
  else bytes.writeBigUInt64LE(BigInt(String(value)));
  return bytes;
}

/** Negative numbers take all ten bytes, as the format has them. */
function varint(value: number | string): Uint8Array {
  if (typeof value === "number" && value < 0x80) return Uint8Array.of(value);
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
