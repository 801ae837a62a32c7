import type { NormalizedSchema } from "@smithy/core/schema";
import type { Wire } from "../kernel/wire.ts";
import type { FaultModel, OperationModel, ServiceModel } from "./protocol.ts";
import { compileRoutes, type Route, type Router } from "./routes.ts";
import { kindOf, membersOf, requiredBindingsOf, schemaOf, type Traits } from "./schema.ts";

const OPERATION = 9;
const ERROR = -3;

/** `[9, namespace, name, traits, input, output]`, as the SDK's packages hold an operation. */
type RawOperation = readonly [9, string, string, Traits & HttpTrait, unknown, unknown];

interface HttpTrait {
  readonly http?: readonly [method: string, uri: string, status: number];
}

/**
 * Reads operations and errors from an SDK package, or from only its schemas. Costs a walk over the
 * package's exports: input and output schemas are resolved when an operation is first used.
 */
export function compileModel(id: string, wire: Wire, sdk: object): ServiceModel {
  const operations = new Map<string, OperationModel>();
  const faults = new Map<string, FaultModel>();
  let router: Router | undefined;
  const model: ServiceModel = {
    id,
    wire,
    operations,
    faults,
    route(method, path, query) {
      router ??= compileRoutes(routesOf(operations));
      return router(method, path, query);
    },
  };
  for (const [name, schema] of Object.entries(sdk)) {
    if (!name.endsWith("$") || !Array.isArray(schema)) continue;
    if (schema[0] === OPERATION) {
      const raw = schema as unknown as RawOperation;
      operations.set(raw[2], new Operation(model, raw));
    } else if (schema[0] === ERROR && !String(schema[1]).startsWith("smithy.ts.sdk.synthetic")) {
      const fault = faultModel(schema);
      faults.set(fault.code, fault);
      faults.set(fault.name, fault);
    }
  }
  return model;
}

/** Resolves its schemas when they are first asked for. */
class Operation implements OperationModel {
  readonly name: string;
  readonly service: ServiceModel;
  readonly http?: { readonly method: string; readonly uri: string; readonly status: number };
  readonly #raw: RawOperation;
  #input: NormalizedSchema | undefined;
  #output: NormalizedSchema | undefined;
  #streamsInput: boolean | undefined;

  constructor(service: ServiceModel, raw: RawOperation) {
    this.service = service;
    this.name = raw[2];
    this.#raw = raw;
    const http = raw[3].http;
    if (http !== undefined) this.http = { method: http[0], uri: http[1], status: http[2] };
  }

  get rawInput(): unknown {
    return this.#raw[4];
  }

  get input(): NormalizedSchema {
    this.#input ??= schemaOf(this.#raw[4]);
    return this.#input;
  }

  get output(): NormalizedSchema {
    this.#output ??= schemaOf(this.#raw[5]);
    return this.#output;
  }

  get streamsInput(): boolean {
    this.#streamsInput ??= membersOf(this.input).some(
      ({ schema, traits }) => traits.httpPayload === 1 && kindOf(schema) === "blob" && schema.isStreaming(),
    );
    return this.#streamsInput;
  }
}

function faultModel(raw: readonly unknown[]): FaultModel {
  const traits = (raw[3] === 0 ? {} : raw[3]) as Traits;
  const name = String(raw[2]);
  const [code, queryStatus] = traits.awsQueryError ?? [name, undefined];
  const status = traits.httpError;
  let schema: NormalizedSchema | undefined;
  return {
    name,
    code,
    ...(status !== undefined && { status }),
    ...(queryStatus !== undefined && { queryStatus }),
    get schema() {
      schema ??= schemaOf(raw);
      return schema;
    },
  };
}

function routesOf(operations: ReadonlyMap<string, OperationModel>): Route[] {
  const routes: Route[] = [];
  for (const operation of operations.values()) {
    if (operation.http !== undefined) routes.push({ operation, ...requestLine(operation) });
  }
  return routes;
}

/**
 * Method, path template and query keys. A label that the uri does not mention is one the client takes
 * from the path into the host (S3's Bucket); on our one port it is the first segment.
 */
export function requestLine(operation: OperationModel): Omit<Route, "operation"> {
  const input = operation instanceof Operation ? operation.rawInput : operation.input.getSchema();
  const { method = "POST", uri = "/" } = operation.http ?? {};
  const [template = "/", literals = ""] = uri.split("?");
  let path = template;
  let requiredMembers = 0;
  const requiredQuery: string[] = [];
  // Labels are always required.
  for (const { name, traits } of requiredBindingsOf(input)) {
    const host = "hostLabel" in traits;
    if (traits.httpLabel === 1 && !host && !path.includes(`{${name}}`) && !path.includes(`{${name}+}`)) {
      path = path === "/" ? `/{${name}}` : `/{${name}}${path}`;
    }
    requiredMembers++;
    if (traits.httpQuery !== undefined) requiredQuery.push(traits.httpQuery);
  }
  return { method, path, literals, requiredQuery, requiredMembers };
}
