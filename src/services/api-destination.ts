import type { HttpParameters } from "@aws-sdk/client-eventbridge";
import type { Context } from "./define.ts";

/**
 * Calls an API destination, which EventBridge keeps, and waits for its turn where its rate leaves no room.
 * Gives the body of the answer; throws a fault for any but a success, as a rule's delivery would fail.
 */
export async function callDestination(
  context: Context,
  arn: string,
  input: string,
  http: HttpParameters,
): Promise<Uint8Array> {
  // Loaded by who needs it: most senders have nothing to do with HTTP.
  const { invokeDestination, Postponed } = await import("./events/invoke-destination.ts");
  const call = { arn, scope: context.scope, http, input, event: undefined, hasSlot: false };
  try {
    return bytesOf(await invokeDestination(context, call));
  } catch (error) {
    if (!(error instanceof Postponed)) throw error;
    await context.clock.sleep(Math.max(0, error.dueMs - context.clock.now()), context.signal);
    return bytesOf(await invokeDestination(context, { ...call, hasSlot: true }));
  }
}

const bytesOf = ({ body }: { readonly body: string }): Uint8Array => new TextEncoder().encode(body);
