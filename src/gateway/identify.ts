import type { Fault } from "../kernel/faults.ts";
import type { ProtocolId } from "../kernel/wire.ts";
import { actionFault } from "../protocol/aws-query.ts";
import { detectProtocol, protocolOf } from "../protocol/protocols.ts";
import { isQueuePath } from "../protocol/quirks/sqs.ts";
import type { Found } from "./directory.ts";
import type { Exchange } from "./exchange.ts";
import { bodyLimit } from "./limits.ts";
import type { GatewayService, Identity, OpenService } from "./options.ts";
import { familyOf, notImplemented, Refusal } from "./refusals.ts";
import { parseSignature } from "./signature-parse.ts";
import { unzipped } from "./unzipped.ts";

const EMPTY = new Uint8Array(0);
const FORM = "application/x-www-form-urlencoded";

/** Whom the request is for and whose it is: service, operation, account and region. */
export function identify(x: Exchange): void | Promise<void> {
  if (x.site) {
    x.requestId = x.core.options.ids.uuid();
    return;
  }
  x.signature = parseSignature(x.headers, x.query);
  const { options } = x.core;
  const signature = x.signature instanceof Refusal ? undefined : x.signature;
  const identity = options.identities.identify(signature?.credential.accessKeyId, signature?.sessionToken);
  if (identity instanceof Promise) {
    return identity.then((one) => identifyService(x, one, signature?.credential.region));
  }
  return identifyService(x, identity, signature?.credential.region);
}

function identifyService(
  x: Exchange,
  identity: Identity,
  signedRegion: string | undefined,
): void | Promise<void> {
  x.identity = identity;
  const region = signedRegion || x.host.region || x.core.options.defaults.region;
  x.scope = { account: identity.account, region };
  const found = x.core.directory.byHead(hintsOf(x));
  if (found) {
    setService(x, found);
    // S3 takes a form as it takes any other bytes: as an object.
    if (x.family === "s3" || !isForm(x)) return withBody(x, EMPTY);
  } else if (!isForm(x) || (x.path !== "/" && !isQueuePath(x.path))) {
    return whenFound(x, byQueryOrPath(x), EMPTY);
  }
  if (!x.service) x.family = "query";
  // The operation's name is in the body, and without a signature the service's version is too.
  const body = x.body.collect(bodyLimit(x.service?.id ?? "", ""));
  if (body instanceof Promise) return body.then((bytes) => withForm(x, bytes));
  return withForm(x, body);
}

function hintsOf(x: Exchange) {
  const { signature } = x;
  return {
    path: x.path,
    headers: x.headers,
    signingName: signature instanceof Refusal ? undefined : signature?.credential.service,
    hostService: x.host.service,
    hostPrefix: x.host.prefix !== "",
  };
}

function byQueryOrPath(x: Exchange): Found | Promise<Found> {
  const values = x.query.includes("Action=") ? new URLSearchParams(x.query) : undefined;
  const action = values?.get("Action");
  const version = values?.get("Version");
  if (action && isQueuePath(x.path)) return x.core.directory.byQueue();
  if (action && version) return x.core.directory.byVersion(version, action);
  // Links in messages have no more than this: `/?Action=Unsubscribe&SubscriptionArn=…`.
  const byPath = x.core.directory.byPath(hintsOf(x));
  if (!action || x.path !== "/") return byPath;
  return x.core.directory.byAction(action).then((linked) => linked ?? byPath);
}

function isForm(x: Exchange): boolean {
  if (x.method !== "POST" || x.headers["x-amz-target"] !== undefined) return false;
  return x.headers["content-type"]?.startsWith(FORM) ?? false;
}

function setService(x: Exchange, found: Found): void {
  x.serviceName = found.name;
  x.service = found.service;
  if (found.service) x.family = familyOf(found.service.wire);
}

function withForm(x: Exchange, bytes: Uint8Array): void | Promise<void> {
  const body = unzipped(x, bytes);
  if (x.serviceName === "") {
    const values = new URLSearchParams(Buffer.from(body).toString());
    const { directory } = x.core;
    const found = isQueuePath(x.path)
      ? directory.byQueue()
      : directory.byVersion(values.get("Version") ?? "", values.get("Action") ?? "");
    return whenFound(x, found, body);
  }
  return withBody(x, body);
}

/** Services may have to be opened to find the one that has an action. */
function whenFound(x: Exchange, found: Found | Promise<Found>, body: Uint8Array): void | Promise<void> {
  if (found instanceof Promise) return found.then((one) => whenFound(x, one, body));
  setService(x, found);
  return withBody(x, body);
}

function withBody(x: Exchange, body: Uint8Array): void | Promise<void> {
  x.wire = { method: x.method, path: pathOf(x), query: x.query, headers: x.headers, body };
  const { core, service } = x;
  x.requestId = x.family === "s3" ? core.options.ids.base32(16) : core.options.ids.uuid();
  if (!service) {
    x.protocol = protocolOf(guessProtocol(x, body));
    throw notImplemented(`The service "${x.serviceName}"`);
  }
  const opened = core.opened.get(service.id);
  if (opened) return identifyOperation(x, service, opened);
  return service.open().then((open) => {
    core.opened.set(service.id, open);
    identifyOperation(x, service, open);
  });
}

/** With the bucket of a virtual host in front. */
function pathOf(x: Exchange): string {
  if (x.family !== "s3") return x.path;
  // A bucket may be called as a service is: the signature's word goes before the host's.
  const bucket = x.host.service === x.service?.id ? x.host.prefix : x.host.front;
  return bucket === "" ? x.path : `/${bucket}${x.path}`;
}

function identifyOperation(x: Exchange, service: GatewayService, opened: OpenService): void {
  const { wire } = x;
  if (!wire) return;
  const { model } = opened;
  x.opened = opened;
  x.protocol = protocolOf(detectProtocol(service.wire, wire));
  x.operationName = x.protocol.operationName(model, wire);
  const wrong = x.protocol.id === "awsQuery" ? actionFault(model, wire) : undefined;
  if (wrong) throw wrong;
  x.operation = x.operationName === undefined ? undefined : model.operations.get(x.operationName);
  x.handler = x.operation && opened.handler(x.operation.name);
  if (!x.handler) throw unknownOperation(x, service);
}

function unknownOperation(x: Exchange, service: GatewayService): Fault {
  if (x.operationName !== undefined) {
    return notImplemented(`The operation ${service.id}:${x.operationName}`);
  }
  return notImplemented(`An operation of ${service.id} for ${x.method} ${x.path}`);
}

/** How to word an answer of a service that the platform does not have. */
function guessProtocol(x: Exchange, body: Uint8Array): ProtocolId {
  if (x.headers["smithy-protocol"] === "rpc-v2-cbor") return "rpcV2Cbor";
  if (x.headers["x-amz-target"] !== undefined) {
    return x.headers["content-type"]?.includes("1.0") ? "awsJson1_0" : "awsJson1_1";
  }
  if (body.length > 0 || /(?:^|&)Action=/.test(x.query)) {
    x.family = "query";
    return "awsQuery";
  }
  if (!XML_SERVICES.has(x.serviceName)) return "restJson1";
  x.family = x.serviceName === "s3" ? "s3" : "query";
  return "restXml";
}

/** Signing names of the services that speak REST with XML. */
const XML_SERVICES = new Set(["s3", "s3-control", "s3express", "route53", "cloudfront"]);
