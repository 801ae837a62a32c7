/**
 * An answer that is not a success, as AWS words it. Services throw nothing else: an error of any other
 * class is a bug, logged with its stack and answered `InternalFailure`.
 */
export class Fault extends Error {
  /** The error's shape name or code, such as `NoSuchBucket`. */
  readonly code: string;
  /**
   * HTTP status for a code the service's schema does not model. A modelled code takes the status of
   * its schema.
   */
  readonly status: number;
  /** Further members of the error's structure, such as `BucketName`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** What the Query protocol says instead, where the model does not tell. */
  readonly query: QueryWording;

  constructor(code: string, message: string, options: FaultOptions = {}) {
    // A stack costs a tenth of the whole answer, and only the platform's own faults are looked into.
    const limit = Error.stackTraceLimit;
    if ((options.status ?? 400) < 500) Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
    this.query = options.query ?? {};
  }

  /** Whether the client (4xx) or the platform (5xx) is at fault. */
  get sender(): boolean {
    return this.status < 500;
  }
}

export interface FaultOptions {
  readonly status?: number;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly query?: QueryWording;
}

export interface QueryWording {
  readonly code?: string;
  readonly message?: string;
}

/** Faults of the platform itself, the same for every service. Code, status and default wording. */
const PLATFORM_FAULTS = {
  InternalFailure: [500, "The request processing has failed because of an unknown error."],
  NotImplemented: [501, "This operation is not implemented."],
  ServiceUnavailable: [503, "The platform is shutting down."],
  ValidationException: [400, "The input fails to satisfy the constraints specified by the service."],
} as const satisfies Record<string, readonly [number, string]>;

type PlatformFaultCode = keyof typeof PLATFORM_FAULTS;

/** A fault of the table above, with its own wording where `message` is given. */
export function platformFault(code: PlatformFaultCode, message?: string): Fault {
  const [status, wording] = PLATFORM_FAULTS[code];
  return new Fault(code, message ?? wording, { status });
}

/** A sentence for the person at the terminal: the command prints it and exits with status 1. */
export class UserError extends Error {
  override readonly name = "UserError";
}
