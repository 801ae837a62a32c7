import type { NormalizedSchema } from "@smithy/core/schema";
import type { Fault } from "../kernel/faults.ts";
import type { ProtocolId, Wire } from "../kernel/wire.ts";
import type { WireRequest, WireResponse } from "./wire.ts";

/** A service's operations and errors, read from its SDK package once, at the first request to it. */
export interface ServiceModel {
  /** `s3`: the folder's name under services/. */
  readonly id: string;
  readonly wire: Wire;
  readonly operations: ReadonlyMap<string, OperationModel>;
  /** Modelled errors by shape name and by query code. */
  readonly faults: ReadonlyMap<string, FaultModel>;
  /** REST only: the operation that a method, path and query name. */
  route(method: string, path: string, query: string): OperationModel | undefined;
}

export interface OperationModel {
  readonly name: string;
  readonly service: ServiceModel;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  readonly http?: { readonly method: string; readonly uri: string; readonly status: number };
  /** The input's payload is a stream of bytes: the gateway hands the body on without collecting it. */
  readonly streamsInput: boolean;
}

export interface FaultModel {
  /** The shape's name. */
  readonly name: string;
  /** What the wire calls it: the awsQueryError code, or the name. */
  readonly code: string;
  /** As modelled; undefined where the model leaves it to the service. */
  readonly status?: number;
  /** What the Query protocol answers instead, where the model tells them apart. */
  readonly queryStatus?: number;
  readonly schema: NormalizedSchema;
}

/** One wire protocol in the server's direction. Compiled per operation at first use. */
export interface Protocol {
  readonly id: ProtocolId;
  /** The operation's name as the request says it, whether the model knows it or not. */
  operationName(model: ServiceModel, request: WireRequest): string | undefined;
  /** The operation's input. Throws a Fault of the protocol's own for bytes it cannot read. */
  decode(operation: OperationModel, request: WireRequest): Record<string, unknown>;
  encode(operation: OperationModel, output: Record<string, unknown>, answer: Answer): WireResponse;
  /** `model` is undefined for a service the platform does not have. */
  encodeFault(model: ServiceModel | undefined, fault: Fault, answer: Answer): WireResponse;
}

/** What an answer carries besides its output. */
export interface Answer {
  readonly requestId: string;
  readonly method: string;
  /** Decoded path, for the Resource member of S3's errors. */
  readonly resource: string;
}
