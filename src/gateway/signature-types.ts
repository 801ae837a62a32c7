/** `AKID/20150830/us-east-1/sts/aws4_request`, taken apart. */
export interface Credential {
  readonly accessKeyId: string;
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** `20150830/us-east-1/sts/aws4_request` */
  readonly scope: string;
}

/** A signature as a request carries it. */
export interface Signature {
  readonly form: "header" | "query";
  readonly algorithm: string;
  readonly credential: Credential;
  /** `host;x-amz-date` */
  readonly signedHeaders: string;
  /** Hexadecimal; base64 in version 2. */
  readonly signature: string;
  /** `20150830T123600Z`, as sent; undefined where the header form brings none. */
  readonly timestamp: string | undefined;
  readonly sessionToken: string | undefined;
  /** Presigned only. */
  readonly expiresSeconds?: number;
  /** Presigned with version 2 only. */
  readonly expiresAtMs?: number;
}

export type Headers = Readonly<Record<string, string | undefined>>;

export const ALGORITHM = "AWS4-HMAC-SHA256";
/** Signs for several regions with a key pair. Taken at its word; the platform cannot verify it. */
export const MULTI_REGION_ALGORITHM = "AWS4-ECDSA-P256-SHA256";
/** Version 2 has no name of its own in a request. */
export const V2_ALGORITHM = "AWS-HMAC-SHA1";

/** Epoch milliseconds as `20150830T123600Z`. */
export function formatTimestamp(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}
