import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { S3Client } from "@aws-sdk/client-s3";

/** Who calls, where: what every client of the SDK takes. */
export interface Settings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** An environment of a platform, and how it is spoken to. */
export interface Place extends Settings {
  /** `dev`, `staging`. */
  readonly environment: string;
  readonly account: string;
  readonly cloudformation: CloudFormationClient;
  readonly s3: S3Client;
}

/** The clients of an environment whose account the settings' key stands for. */
export function placeOf(settings: Settings, environment: string, account: string): Place {
  return {
    ...settings,
    environment,
    account,
    cloudformation: new CloudFormationClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  };
}

/** Whether an error is a service's answer of that name. */
export function isNamed(error: unknown, ...names: readonly string[]): error is Error {
  return error instanceof Error && names.includes(error.name);
}
