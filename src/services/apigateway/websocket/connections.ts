import type { HttpIdentity, WebSocketLink } from "../../../kernel/http.ts";
import type { Scope } from "../../../kernel/scope.ts";
import { perPlatform } from "../execution/per-platform.ts";

/** An open connection of a client. It lives in memory: a restart ends it. */
export interface Connection extends Scope {
  readonly id: string;
  readonly apiId: string;
  readonly stage: string;
  readonly connectedMs: number;
  lastActiveMs: number;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly domainName: string;
  /** What the authorizer of the connection said, for every event that follows. */
  readonly authorizer: Readonly<Record<string, unknown>> | undefined;
  /** Who signed the request for the connection. */
  readonly signer?: HttpIdentity | undefined;
  /** Absent until the client has been accepted. */
  link?: WebSocketLink;
}

const connectionsOf = perPlatform(() => new Map<string, Connection>());

export function addConnection(platform: object, connection: Connection): void {
  connectionsOf(platform).set(connection.id, connection);
}

export function removeConnection(platform: object, { id }: Connection): void {
  connectionsOf(platform).delete(id);
}

export function findConnection(platform: object, id: string): Connection | undefined {
  return connectionsOf(platform).get(id);
}
