/** What a Host header says: how the platform was reached, and what the labels in front name. */
export interface Host {
  /** A name that only ever means this machine, or AWS itself: no stranger's page can have rebound it. */
  readonly trusted: boolean;
  /** `http://localhost:4566`: without the labels that name a service, a region or a bucket. */
  readonly endpoint: string;
  /** Everything in front of a name of the platform: `photos.s3.eu-west-1`. */
  readonly front: string;
  /** The id of the service that a label names. */
  readonly service?: string;
  readonly region?: string;
  /** The labels in front of the service's: a bucket, when the service is S3. */
  readonly prefix: string;
}

/**
 * Names under which the platform is reached. `localhost.localstack.cloud` resolves to 127.0.0.1 in the
 * public DNS, with every name below it: existing tooling uses it for virtual-hosted buckets.
 */
const BASES = ["localhost", "localhost.localstack.cloud", "amazonaws.com"];

/**
 * Those of them that clients may write a prefix before, as in `stream-localhost`. Not AWS's own: anybody may
 * own `stream-amazonaws.com`, and there the prefix stands before a service's label.
 */
const PREFIXED = ["localhost", "localhost.localstack.cloud"];

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.%]+\])$/;
const REGION = /^[a-z]{2,4}(?:-[a-z]+){1,2}-\d{1,2}$/;

/** Reads hosts and remembers them: a client sends the same one over and over. */
export function createHostReader(
  services: ReadonlyMap<string, string>,
  prefixes: readonly string[],
): (host: string) => Host {
  const known = new Map<string, Host>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    // The header is the client's: what is remembered must not grow with it.
    if (known.size >= 1024) known.clear();
    const host = readHost(text, services, prefixes);
    known.set(text, host);
    return host;
  };
}

/**
 * `services` maps a host's label (`sts`, `s3`) to a service's id; `prefixes` are what clients write before
 * the name of any host for some operations (`stream-`).
 */
export function readHost(
  text: string,
  services: ReadonlyMap<string, string>,
  prefixes: readonly string[] = [],
): Host {
  const { name: written, port } = splitPort(text.toLowerCase());
  const name = withoutPrefix(written, prefixes);
  if (ADDRESS.test(name)) {
    return { trusted: true, endpoint: `http://${name}${port}`, front: "", prefix: "" };
  }
  const base = BASES.find((one) => name === one) ?? BASES.findLast((one) => name.endsWith(`.${one}`));
  const front = base === undefined ? name : name.slice(0, Math.max(0, name.length - base.length - 1));
  const labels = front === "" ? [] : front.split(".");
  const facts = readLabels(labels, services);
  if (base === undefined) {
    // Bound to more than loopback, the platform may have any name: only a service's label tells.
    const rest = facts.service === undefined ? { prefix: "" } : facts;
    return { trusted: false, endpoint: `http://${name}${port}`, front: "", ...rest };
  }
  return { trusted: true, endpoint: `http://${base}${port}`, front, ...facts };
}

function withoutPrefix(name: string, prefixes: readonly string[]): string {
  for (const prefix of prefixes) {
    const rest = name.slice(prefix.length);
    if (name.startsWith(prefix) && (ADDRESS.test(rest) || PREFIXED.includes(rest))) return rest;
  }
  return name;
}

function splitPort(host: string): { name: string; port: string } {
  const colon = host.lastIndexOf(":");
  if (colon < 0 || host.endsWith("]")) return { name: host, port: "" };
  return { name: host.slice(0, colon), port: host.slice(colon) };
}

/** `<bucket>.s3.<region>`, `s3.dualstack.<region>`, `sts.<region>`, `<bucket>.s3`, `<bucket>`. */
function readLabels(labels: readonly string[], services: ReadonlyMap<string, string>) {
  let end = labels.length;
  let region: string | undefined;
  const last = labels[end - 1];
  if (last !== undefined && REGION.test(last)) {
    region = last;
    end--;
  }
  if (labels[end - 1] === "dualstack") end--;
  const service = services.get(labels[end - 1] ?? "");
  if (service !== undefined) end--;
  return {
    prefix: labels.slice(0, end).join("."),
    ...(service === undefined ? {} : { service }),
    ...(region === undefined ? {} : { region }),
  };
}
