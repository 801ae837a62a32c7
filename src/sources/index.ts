import { dynamodb } from "./dynamodb.ts";
import { kinesis } from "./kinesis.ts";
import type { EventSource } from "./source.ts";
import { sqs } from "./sqs.ts";

/** Every kind of event source. To add one: its file, and its line here. */
export const SOURCES: readonly EventSource[] = [sqs, kinesis, dynamodb];
