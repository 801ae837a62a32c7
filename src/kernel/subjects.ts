/** Members of inputs that say what a call acted on, and what a span calls them. */
const SUBJECTS = [
  ["Bucket", "bucket"],
  ["Key", "key"],
  ["FunctionName", "functionName"],
  ["TableName", "tableName"],
  ["QueueUrl", "queueUrl"],
  ["TopicArn", "topicArn"],
  ["StreamName", "streamName"],
  ["StreamARN", "streamName"],
  ["EventBusName", "eventBus"],
  ["logGroupName", "logGroup"],
  ["RoleArn", "roleArn"],
] as const;

/** What a call acted on, as attributes of its span. Who sends entries to event buses names these in them. */
export function subjectsOf(input: Readonly<Record<string, unknown>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [member, name] of SUBJECTS) {
    const value = input[member];
    if (typeof value === "string") found[name] = value;
  }
  const [entry] = Array.isArray(input.Entries) ? (input.Entries as readonly unknown[]) : [];
  const bus = (entry as { EventBusName?: unknown } | undefined)?.EventBusName;
  if (typeof bus === "string") found.eventBus = bus;
  return found;
}
