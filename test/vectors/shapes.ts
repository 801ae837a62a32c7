// The vectors describe their shapes in botocore's JSON form; the project reads the SDK's. This turns
// one into the other, and the vectors' values into what handlers see.

export interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, ShapeReference>>;
  readonly required?: readonly string[];
  readonly member?: ShapeReference;
  readonly key?: ShapeReference;
  readonly value?: ShapeReference;
  readonly payload?: string;
  readonly union?: boolean;
  readonly document?: boolean;
  readonly flattened?: boolean;
  readonly streaming?: boolean;
  readonly locationName?: string;
  readonly timestampFormat?: string;
  readonly xmlNamespace?: string | { readonly uri: string; readonly prefix?: string };
  readonly error?: {
    readonly code?: string;
    readonly httpStatusCode?: number;
    readonly senderFault?: boolean;
  };
  readonly exception?: boolean;
}

export interface ShapeReference extends Partial<Omit<Shape, "type">> {
  readonly shape: string;
  readonly location?: "header" | "headers" | "querystring" | "uri" | "statusCode";
  readonly jsonvalue?: boolean;
  readonly xmlAttribute?: boolean;
  readonly resultWrapper?: string;
}

export type Shapes = Readonly<Record<string, Shape>>;
type Traits = Record<string, unknown>;

const SIMPLE: Readonly<Record<string, number>> = {
  string: 0,
  character: 0,
  byte: 1,
  short: 1,
  integer: 1,
  long: 1,
  float: 1,
  double: 1,
  boolean: 2,
  blob: 21,
};

const TIMESTAMPS: Readonly<Record<string, number>> = { iso8601: 5, rfc822: 6, unixTimestamp: 7 };

/** Makes the schemas of a suite's shapes, each once. */
export function schemasOf(shapes: Shapes, protocol: string): (name: string) => unknown {
  const known = new Map<string, unknown>();
  const schemaOf = (name: string): unknown => {
    const shape = shapes[name];
    if (shape === undefined) return "unit";
    if (!known.has(name)) {
      const schema: unknown[] = [];
      known.set(name, schema);
      const built = build(name, shape);
      if (typeof built === "number") known.set(name, built);
      else schema.push(...built);
    }
    return known.get(name);
  };
  const build = (name: string, shape: Shape): unknown[] | number => {
    if (shape.document) return 15;
    if (shape.type === "timestamp") return TIMESTAMPS[shape.timestampFormat ?? ""] ?? 4;
    const sparse = name.startsWith("Sparse") ? { sparse: 1 } : 0;
    if (shape.type === "list") return [1, "vectors", name, sparse, referenceOf(shape.member)];
    if (shape.type === "map") {
      return [2, "vectors", name, sparse, referenceOf(shape.key), referenceOf(shape.value)];
    }
    if (shape.type !== "structure") return SIMPLE[shape.type] ?? 0;
    const traits: Traits = namesOf(shape);
    if (shape.exception) {
      const status = shape.error?.httpStatusCode;
      traits.error = shape.error?.senderFault === false ? "server" : "client";
      // Query-compatible services answer with the status of Query only where they speak it.
      const queryOnly = shape.error?.code !== undefined && /json|cbor/.test(protocol);
      if (status !== undefined && !queryOnly) traits.httpError = status;
      if (shape.error?.code !== undefined) traits.awsQueryError = [shape.error.code, status ?? 400];
    }
    const required = shape.required ?? [];
    const members = Object.entries(shape.members ?? {});
    members.sort(([one], [other]) => Number(required.includes(other)) - Number(required.includes(one)));
    const kind = shape.union ? 4 : shape.exception ? -3 : 3;
    const references = members.map(([member, to]) => referenceOf(to, member, shape.payload));
    return [kind, "vectors", name, traits, members.map(([member]) => member), references, required.length];
  };
  const referenceOf = (to: ShapeReference | undefined, member = "", payload?: string): unknown => {
    if (to === undefined) return 0;
    const shape = shapes[to.shape];
    let target = () => schemaOf(to.shape);
    if (to.timestampFormat !== undefined) target = () => TIMESTAMPS[to.timestampFormat ?? ""] ?? 4;
    if (shape?.streaming || to.streaming) target = () => 42;
    if (member !== "" && payload === member) {
      // A payload's root is named by its shape, unless the member has another name for it.
      const renamed = to.locationName !== undefined && to.locationName !== member;
      const own = renamed ? { xmlName: to.locationName } : {};
      return [target, { ...namesOf(shape ?? {}), ...own, httpPayload: 1 }];
    }
    return [target, bindingOf(to, shape, protocol, member)];
  };
  return schemaOf;
}

function bindingOf(to: ShapeReference, shape: Shape | undefined, protocol: string, member: string): Traits {
  const traits: Traits = {};
  const name = to.locationName ?? member;
  if (to.location === "header") traits.httpHeader = name;
  if (to.location === "headers") traits.httpPrefixHeaders = to.locationName ?? "";
  if (to.location === "uri") traits.httpLabel = 1;
  if (to.location === "statusCode") traits.httpResponseCode = 1;
  if (to.location === "querystring") {
    if (shape?.type === "map") traits.httpQueryParams = 1;
    else traits.httpQuery = name;
  }
  if (to.jsonvalue) traits.mediaType = "application/json";
  if (to.location !== undefined) return traits;
  return Object.assign(traits, namesOf({ ...shape, ...to, locationName: undefined }), {
    ...(to.locationName !== undefined && {
      [protocol === "rest-json" ? "jsonName" : "xmlName"]: to.locationName,
    }),
  });
}

function namesOf(shape: { [Key in keyof ShapeReference]?: ShapeReference[Key] | undefined }): Traits {
  const { locationName, xmlNamespace, flattened, xmlAttribute } = shape;
  return {
    ...(locationName !== undefined && { xmlName: locationName }),
    ...(xmlNamespace !== undefined && { xmlNamespace: namespaceOf(xmlNamespace) }),
    ...(flattened && { xmlFlattened: 1 }),
    ...(xmlAttribute && { xmlAttribute: 1 }),
  };
}

/** A value of the vectors as a handler has it: dates, bytes, and no member that is null. */
export function handlersValue(shapes: Shapes, to: ShapeReference | undefined, value: unknown): unknown {
  const shape = to && shapes[to.shape];
  if (shape === undefined || to === undefined || value === null || value === undefined || shape.document) {
    return value ?? undefined;
  }
  switch (shape.type) {
    case "timestamp":
      return new Date(Math.round(Number(value) * 1000));
    case "blob":
      return Buffer.from(String(value), "utf8");
    case "float":
    case "double":
      return Number(value);
    case "string":
      return to.jsonvalue && typeof value !== "string" ? JSON.stringify(value) : value;
    case "list":
      return (value as unknown[]).map((item) => handlersValue(shapes, shape.member, item) ?? null);
    case "map":
      return mapped(value, (_key, item) => handlersValue(shapes, shape.value, item) ?? null);
    case "structure":
      return mapped(value, (key, item) => handlersValue(shapes, shape.members?.[key], item));
    default:
      return value;
  }
}

function mapped(value: unknown, turn: (key: string, item: unknown) => unknown): Record<string, unknown> {
  const entries = Object.entries(value as object).map(([key, item]) => [key, turn(key, item)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function namespaceOf(given: NonNullable<Shape["xmlNamespace"]>): [string | undefined, string] {
  return typeof given === "string" ? [undefined, given] : [given.prefix, given.uri];
}
