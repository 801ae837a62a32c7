/** Where a template is transformed for. */
export interface Place {
  readonly region: string;
  readonly partition: string;
}

export function managedPolicyArn(place: Place, name: string): string {
  return `arn:${place.partition}:iam::aws:policy/${name}`;
}

/** The ARN of something in the stack's account and region, for `Fn::Sub`. */
export function stackArn(partition: string, service: string, resource: string): string {
  return `arn:${partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`;
}

/** Whether APIs may be at the edge; where not, they are regional. */
export function hasEdgeApis({ partition }: Place): boolean {
  return !partition.startsWith("aws-iso") && !["aws-us-gov", "aws-cn", "aws-eusc"].includes(partition);
}

/** Partitions called otherwise know the policy of X-Ray by another name. */
export function tracingPolicy({ partition }: Place): string {
  return partition === "aws" ? "AWSXrayWriteOnlyAccess" : "AWSXRayDaemonWriteAccess";
}
