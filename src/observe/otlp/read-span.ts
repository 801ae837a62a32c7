/** What an attribute may be here. Lists and maps are left out: nobody filters by them. */
export type Value = string | number | boolean;

/** A span of OpenTelemetry, whichever way it was written. */
export interface ReadSpan {
  /** 32 lower-case hex. */
  readonly traceId: string;
  /** 16 lower-case hex. */
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly failed: boolean;
  readonly message: string;
  /** The attributes of the exception it tells of. */
  readonly exception: Readonly<Record<string, Value>>;
  readonly resource: Readonly<Record<string, Value>>;
}
