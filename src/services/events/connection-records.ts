import type * as sdk from "@aws-sdk/client-eventbridge";
import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import { fault } from "./faults.ts";
import { collection } from "./records.ts";

/** What a connection is let in with, as it was given: secrets are here, and never shown. */
export interface Credentials {
  readonly basic?: { readonly username: string; readonly password: string };
  readonly apiKey?: { readonly name: string; readonly value: string };
  readonly oauth?: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly endpoint: string;
    readonly method: sdk.ConnectionOAuthHttpMethod;
    readonly http?: sdk.ConnectionHttpParameters;
  };
  readonly invocation?: sdk.ConnectionHttpParameters;
}

export interface ConnectionRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  readonly id: string;
  readonly secretId: string;
  readonly type: sdk.ConnectionAuthorizationType;
  readonly state: sdk.ConnectionState;
  readonly reason?: string;
  readonly description?: string;
  readonly kmsKey?: string;
  readonly credentials: Credentials;
  readonly connectivity?: string;
  /** Of OAuth: as its server gave it. */
  readonly token?: { readonly value: string; readonly expiresMs: number };
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly authorizedMs?: number;
}

export interface DestinationRecord extends Scope {
  readonly v: 1;
  readonly name: string;
  readonly id: string;
  readonly description?: string;
  readonly connectionArn: string;
  readonly endpoint: string;
  readonly method: sdk.ApiDestinationHttpMethod;
  readonly perSecond: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

export const connectionRecords = collection<ConnectionRecord>("connection");
export const destinationRecords = collection<DestinationRecord>("api-destination");

export function connectionArn(connection: ConnectionRecord): string {
  return formatArn("events", connection, `connection/${connection.name}/${connection.id}`);
}

export function destinationArn(destination: DestinationRecord): string {
  return formatArn("events", destination, `api-destination/${destination.name}/${destination.id}`);
}

export function connectionMissing(name: string) {
  return fault(
    "ResourceNotFoundException",
    `Failed to describe the connection(s). Connection '${name}' does not exist.`,
  );
}

export function destinationMissing(name: string) {
  return fault(
    "ResourceNotFoundException",
    `Failed to describe the api-destination(s). An api-destination '${name}' does not exist.`,
  );
}
