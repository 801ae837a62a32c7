import type { Scope } from "../../../kernel/scope.ts";
import type { Background } from "../../define.ts";
import { bill, count, steps } from "../execution/report.ts";
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

/** Counts and bills a message to a client; those of clients are counted with their routes. */
export function noteSent(
  world: World & Pick<Background, "store" | "metrics">,
  connection: Of & { readonly stage: string },
  sizeBytes: number,
): void {
  const ofApi = `ApiId=${connection.apiId}`;
  for (const dimensions of [ofApi, `${ofApi},Stage=${connection.stage}`])
    count(world, connection, "MessageCount", dimensions, 1);
  billMessage(world, connection, sizeBytes);
}

/** Minutes that a connection was open, begun ones too. */
export function billConnection(world: World, of: Of & { readonly connectedMs: number }): void {
  const minutes = steps(world.clock.now() - of.connectedMs, MINUTE_MS);
  bill(world, of, "apigateway:WebSocketConnectionMinute", minutes, arnOf(of));
}
