import type { Scope } from "../../../kernel/scope.ts";
import type { Background } from "../../define.ts";
import { bill, steps } from "../execution/report.ts";
import { resourceArn } from "../tags.ts";

/** A message is billed by pieces of so much, either way. */
const MESSAGE_BYTES = 32 * 1024;
const MINUTE_MS = 60_000;

type World = Pick<Background, "recorder" | "clock">;
type Of = Scope & { readonly apiId: string };

const arnOf = (of: Of) => resourceArn(of, `/apis/${of.apiId}`);

export function billMessage(world: World, of: Of, sizeBytes: number): void {
  bill(world, of, "apigateway:WebSocketMessage", steps(sizeBytes, MESSAGE_BYTES), arnOf(of));
}

/** Minutes that a connection was open, begun ones too. */
export function billConnection(world: World, of: Of & { readonly connectedMs: number }): void {
  const minutes = steps(world.clock.now() - of.connectedMs, MINUTE_MS);
  bill(world, of, "apigateway:WebSocketConnectionMinute", minutes, arnOf(of));
}
