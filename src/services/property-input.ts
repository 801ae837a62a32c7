import type { CommandOf, Context, OperationName, Output, Sdks, ServiceId } from "./define.ts";
import { given } from "./resource-types.ts";

/** Calls an operation with what a template says under the names of its members, checked as a request's is. */
export async function callWithProperties<Id extends ServiceId, Operation extends OperationName<Sdks[Id]>>(
  context: Context,
  service: Id,
  operation: Operation,
  properties: object,
): Promise<Output<CommandOf<Sdks[Id], Operation>>> {
  const input = await context.inputs.readProperties(service, operation, given(properties));
  return context.call(service, operation, input as never);
}
