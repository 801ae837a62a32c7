import type { GatewayService } from "./options.ts";

/** What a request says about the service it is for, in the order in which it is believed. */
export interface Hints {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The service in the signature's scope. */
  readonly signingName: string | undefined;
  /** The id that the host's labels name. */
  readonly hostService: string | undefined;
  /** Labels stand in front of the host that name nothing known: a bucket. */
  readonly hostPrefix: boolean;
}

export interface Found {
  /** As the request calls it. */
  readonly name: string;
  readonly service: GatewayService | undefined;
}

const DATED_PATH = /^\/(20\d\d-\d\d-\d\d)\//;
const RPC_PATH = /^\/service\/([^/]+)\/operation\/[^/]+$/;
/** The one service whose paths begin with dates of more than one version. */
const DATED = "lambda";
/** The service whose paths are its users' own, so that whatever fits no other is for it. */
const REST = "s3";
/** The service whose resources' addresses take its requests. */
const QUEUES = "sqs";

/** Finds the service a request is for. */
export class Directory {
  /** Host labels to ids. */
  readonly labels: ReadonlyMap<string, string>;
  /** What may stand before the name of any host. */
  readonly hostPrefixes: readonly string[];
  readonly #byTarget = new Map<string, GatewayService>();
  readonly #bySigningName = new Map<string, GatewayService[]>();
  readonly #byVersion = new Map<string, GatewayService[]>();
  readonly #byId: ReadonlyMap<string, GatewayService>;

  constructor(services: ReadonlyMap<string, GatewayService>) {
    const labels = new Map<string, string>();
    const hostPrefixes = new Set<string>();
    this.#byId = services;
    for (const service of services.values()) {
      const { wire } = service;
      if (wire.target) this.#byTarget.set(wire.target, service);
      push(this.#bySigningName, wire.signingName, service);
      push(this.#byVersion, wire.version, service);
      const prefixes = wire.hostPrefixes ?? [];
      for (const label of wire.hosts ?? [wire.signingName]) {
        for (const prefix of ["", ...prefixes]) labels.set(`${prefix}${label}`, service.id);
      }
      for (const prefix of prefixes) hostPrefixes.add(prefix);
    }
    this.labels = labels;
    this.hostPrefixes = [...hostPrefixes];
  }

  /** By the request's head; undefined when only a form's Action and Version can tell. */
  byHead(hints: Hints): Found | undefined {
    const target = hints.headers["x-amz-target"];
    if (target !== undefined) {
      const prefix = target.slice(0, Math.max(0, target.lastIndexOf(".")));
      return { name: prefix || target, service: this.#byTarget.get(prefix) };
    }
    const rpc = hints.headers["smithy-protocol"] && RPC_PATH.exec(hints.path)?.[1];
    if (rpc) {
      const service = this.#byTarget.get(rpc) ?? this.#bySigned(hints.signingName, hints.path);
      return { name: service?.id ?? rpc, service };
    }
    if (hints.signingName !== undefined) {
      return { name: hints.signingName, service: this.#bySigned(hints.signingName, hints.path) };
    }
    if (hints.hostService !== undefined) {
      return { name: hints.hostService, service: this.#byId.get(hints.hostService) };
    }
    return undefined;
  }

  /** By the form's Version; of several services that have it, the one that has the operation. */
  byVersion(version: string, action: string): Found | Promise<Found> {
    const services = this.#byVersion.get(version) ?? [];
    const first: Found = { name: services[0]?.id ?? `version ${version}`, service: services[0] };
    return services.length < 2 ? first : withAction(services, action).then((found) => found ?? first);
  }

  /** The first service of the Query protocol that has an operation of this name. */
  byAction(action: string): Promise<Found | undefined> {
    const services = [...this.#byId.values()].filter(({ wire }) => wire.protocols.includes("awsQuery"));
    return withAction(services, action);
  }

  /** An unsigned request that is no form: by the shape of its path. */
  byPath(hints: Hints): Found {
    const date = DATED_PATH.exec(hints.path)?.[1];
    if (date !== undefined && !hints.hostPrefix) {
      const service = this.#byVersion.get(date)?.[0] ?? this.#bySigned(DATED);
      return { name: service?.id ?? DATED, service };
    }
    return { name: REST, service: this.#bySigned(REST) };
  }

  /** A request to a queue's own address. */
  byQueue(): Found {
    return { name: QUEUES, service: this.#bySigned(QUEUES) };
  }

  /** Services that share a signing name are told apart by their paths. */
  #bySigned(name: string | undefined, path = ""): GatewayService | undefined {
    const services = name === undefined ? undefined : this.#bySigningName.get(name);
    if (services === undefined || services.length === 1) return services?.[0];
    const byPath = services.find(({ wire }) => wire.paths?.test(path));
    return byPath ?? services.find(({ wire }) => wire.paths === undefined);
  }
}

/** What a service has shows when it is open. */
async function withAction(services: readonly GatewayService[], action: string): Promise<Found | undefined> {
  for (const service of services) {
    const open = await service.open();
    if (open.handler(action)) return { name: service.id, service };
  }
  return undefined;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
