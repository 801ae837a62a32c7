/** The operation that a universal target calls: `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`. */
export interface UniversalTarget {
  /** The platform's id of the service, or AWS's name for it where the platform has none. */
  readonly service: string;
  /** `SendMessage` */
  readonly operation: string;
}

/** Services whose name in AWS's SDK for Java is not their id here. */
const IDS: ReadonlyMap<string, string> = new Map([
  ["applicationautoscaling", "application-auto-scaling"],
  ["cloudwatchlogs", "logs"],
  ["dynamodbstreams", "dynamodb-streams"],
  ["eventbridge", "events"],
]);

/** Operations that only read are no targets. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html */
const READS =
  /^(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|batchRead|transactGet|adminGet|adminList|testMigration|retrieve|testConnection|translateDocument|isAuthorized|invokeModel)/;

const FORM = /^arn:aws[a-z-]*:scheduler:::aws-sdk:([a-z0-9]+):([a-z][a-zA-Z0-9]*)$/;

export function isUniversal(arn: string): boolean {
  return /^arn:[^:]*:scheduler:::/.test(arn);
}

export function parseUniversal(arn: string): UniversalTarget | "malformed" | "reads" {
  const [, service, action] = FORM.exec(arn) ?? [];
  if (service === undefined || action === undefined) return "malformed";
  if (READS.test(action)) return "reads";
  return { service: IDS.get(service) ?? service, operation: action[0]?.toUpperCase() + action.slice(1) };
}
