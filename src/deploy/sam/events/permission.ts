import type { Literal } from "../dict.ts";
import { isAlphanumeric, logicalId } from "../logical-id.ts";
import { Resource } from "../resource.ts";

export interface PermissionOptions {
  readonly principal: string;
  readonly sourceArn?: Literal;
  readonly sourceAccount?: Literal;
  readonly eventSourceToken?: Literal;
  /** At the end of the id. */
  readonly suffix?: string;
}

/** Lets a service invoke the function. */
export function permission(prefix: string, target: Resource, options: PermissionOptions): Resource {
  const { suffix = "" } = options;
  const id = isAlphanumeric(suffix)
    ? `${prefix}Permission${suffix}`
    : logicalId(`${prefix}Permission`, suffix);
  return new Resource("AWS::Lambda::Permission", id, { attributes: target.handedOn }).set({
    Action: "lambda:InvokeFunction",
    FunctionName: target.ref,
    Principal: options.principal,
    SourceArn: options.sourceArn,
    SourceAccount: options.sourceAccount,
    EventSourceToken: options.eventSourceToken,
  });
}
