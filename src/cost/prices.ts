/** One row of the price book: list prices of us-east-1 in US dollars, without the free tier. */
export interface Price {
  /** What is counted, as the bill names it. */
  readonly item: string;
  readonly usd: number;
  /** So many of the unit cost that. */
  readonly per: number;
  /** When the price was current. */
  readonly asOf: string;
  /**
   * Where it is from, and how sure it is: AWS's own text or price list (A), two independent texts that agree
   * (B), or one text (C).
   */
  readonly source: string;
  readonly confidence: "A" | "B" | "C";
  /** What the number leaves out. */
  readonly note?: string;
}

const INFRACOST = "AWS price list, by Infracost's golden files";
const SOLUTIONS = "AWS Solutions Library, cost tables";
const LISTED = { asOf: "2026", source: `${INFRACOST}; ${SOLUTIONS}`, confidence: "A" } as const;
const MILLION = 1_000_000;

const LAMBDA_DURATION = { per: 1, ...LISTED, note: "first tier" } as const;
const SQS_REQUEST: Price = {
  item: "SQS standard request, 64 KB",
  usd: 0.4,
  per: MILLION,
  ...LISTED,
  note: "first tier; FIFO queues cost 0.50",
};
const S3_WRITE: Price = { item: "S3 PUT, COPY, POST or LIST request", usd: 0.005, per: 1000, ...LISTED };
const S3_READ: Price = { item: "S3 GET or other request", usd: 0.0004, per: 1000, ...LISTED };
const S3_FREE: Price = { item: "S3 DELETE request", usd: 0, per: 1000, ...LISTED };
const DYNAMODB_WRITE: Price = {
  item: "DynamoDB on-demand write",
  usd: 0.625,
  per: MILLION,
  asOf: "2026",
  source: INFRACOST,
  confidence: "A",
  note: "one unit each: items of up to 1 KB",
};
const DYNAMODB_READ: Price = {
  item: "DynamoDB on-demand read",
  usd: 0.125,
  per: MILLION,
  asOf: "2026",
  source: INFRACOST,
  confidence: "A",
  note: "one unit each: up to 4 KB, strongly consistent",
};
const KINESIS_PUT: Price = {
  item: "Kinesis PUT payload unit, 25 KB",
  usd: 0.014,
  per: MILLION,
  asOf: "2026",
  source: INFRACOST,
  confidence: "A",
  note: "without the shards' hours",
};

const API_GATEWAY = {
  per: MILLION,
  asOf: "2026",
  source: INFRACOST,
  confidence: "A",
  note: "first tier",
} as const;

/** Units of usage that are priced by their own name. */
const BY_UNIT: Readonly<Record<string, Price>> = {
  "lambda:Request": { item: "Lambda request", usd: 0.2, per: MILLION, ...LISTED },
  "lambda:GB-second": { item: "Lambda GB-second, x86", usd: 0.0000166667, ...LAMBDA_DURATION },
  "lambda:GB-second-ARM": { item: "Lambda GB-second, Arm", usd: 0.0000133334, ...LAMBDA_DURATION },
  "lambda:Provisioned-GB-second": {
    item: "Lambda provisioned GB-second in use, x86",
    usd: 0.0000097222,
    per: 1,
    asOf: "2026",
    source: "a third party's page",
    confidence: "C",
  },
  "lambda:Provisioned-GB-second-ARM": {
    item: "Lambda provisioned GB-second in use, Arm",
    usd: 0.0000077776,
    per: 1,
    asOf: "2026",
    source: INFRACOST,
    confidence: "A",
  },
  "lambda:Provisioned-Concurrency-GB-second": {
    item: "Lambda provisioned concurrency, GB-second, x86",
    usd: 0.0000041667,
    per: 1,
    asOf: "2026",
    source: "a third party's page",
    confidence: "C",
    note: "five minutes at a time, busy or not",
  },
  "lambda:Provisioned-Concurrency-GB-second-ARM": {
    item: "Lambda provisioned concurrency, GB-second, Arm",
    usd: 0.0000033334,
    per: 1,
    asOf: "2026",
    source: INFRACOST,
    confidence: "A",
    note: "five minutes at a time, busy or not",
  },
  "apigateway:HttpApiRequest": { item: "HTTP API request, 512 KB", usd: 1, ...API_GATEWAY },
  "apigateway:RestApiRequest": { item: "REST API request", usd: 3.5, ...API_GATEWAY },
  "apigateway:WebSocketMessage": { item: "WebSocket API message, 32 KB", usd: 1, ...API_GATEWAY },
  "apigateway:WebSocketConnectionMinute": { item: "WebSocket API minute", usd: 0.25, ...API_GATEWAY },
  "sns:Publish": { item: "SNS publish, 64 KB", usd: 0.5, per: MILLION, ...LISTED },
  "sns:PublishBatch": { item: "SNS publish, 64 KB", usd: 0.5, per: MILLION, ...LISTED },
  "events:PutEvents": { item: "EventBridge custom event, 64 KB", usd: 1, per: MILLION, ...LISTED },
  "kinesis:PutRecord": KINESIS_PUT,
  "kinesis:PutRecords": KINESIS_PUT,
};

const DYNAMODB_WRITES = /^(Put|Update|Delete|BatchWrite)Item$|^TransactWriteItems$/;
const DYNAMODB_READS = /^(BatchGet|Get)Item$|^TransactGetItems$|^Query$|^Scan$/;
const S3_WRITES = /^(Put|Copy|Create|Complete|List|Post|Upload)/;

/** Bytes that one request is counted for; a larger one counts as several. */
export const CHUNK_BYTES: Readonly<Record<string, number>> = {
  sqs: 65_536,
  sns: 65_536,
  events: 65_536,
  kinesis: 25_600,
};

/** The price of a unit of usage, such as `sqs:SendMessage`; undefined for what is not in the book. */
export function priceOf(unit: string): Price | undefined {
  const known = Object.hasOwn(BY_UNIT, unit) ? BY_UNIT[unit] : undefined;
  if (known) return known;
  const [service, operation = ""] = unit.split(":");
  if (service === "sqs") return SQS_REQUEST;
  if (service === "s3") {
    if (operation.startsWith("Delete")) return S3_FREE;
    return S3_WRITES.test(operation) ? S3_WRITE : S3_READ;
  }
  if (service !== "dynamodb") return undefined;
  if (DYNAMODB_WRITES.test(operation)) return DYNAMODB_WRITE;
  return DYNAMODB_READS.test(operation) ? DYNAMODB_READ : undefined;
}
