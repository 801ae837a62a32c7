/** Who makes a call, as its signature or the platform says it. */
interface Identity {
  readonly arn: string;
  /** The resource in whose name a service acts. */
  readonly sender?: { readonly sourceArn: string };
}

const SESSION = /:assumed-role\/[^/]+\/([^/]+)$/;
/** What reads queues and streams in a role's name: that is nobody's call. */
const OWN = "event-source-mapping";

/**
 * Which resource makes a call: the name of a function, which is the name of its role's session, or the ARN of
 * the rule, topic, bucket or API for which a service acts. Undefined for people and programs outside.
 */
export function callerOf({ arn, sender }: Identity): string | undefined {
  if (sender) return sender.sourceArn;
  const [, name] = arn.includes(":assumed-role/") ? (SESSION.exec(arn) ?? []) : [];
  return name === undefined || name === OWN ? undefined : name;
}
