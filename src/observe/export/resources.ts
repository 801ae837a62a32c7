import type { LogLine, Span } from "../../kernel/telemetry.ts";
import type { Attributes } from "./attributes.ts";

const MEBIBYTE = 1024 ** 2;

/**
 * What a span or line comes from, by OpenTelemetry's conventions for AWS and functions: a function, or a
 * service of the platform.
 */
export function resourceOfSpan(span: Span): Attributes {
  const { kind, attributes } = span;
  const { version, environment, memoryMb, service } = attributes;
  const place = placeOf(span);
  if (kind === "custom") return { "service.name": text(service) ?? "unknown_service", ...place };
  if (kind === "call") {
    const caller = text(attributes.caller);
    if (caller === undefined) return { "service.name": serviceOf(span), ...place };
    return caller.startsWith("arn:")
      ? { "service.name": caller.split(":")[2] ?? "", ...place }
      : functionResource(caller, place);
  }
  const name = functionOf(span);
  if (name === undefined) return { "service.name": serviceOf(span), ...place };
  return {
    ...functionResource(name, place),
    "faas.version": text(version),
    "faas.instance": text(environment),
    "faas.max_memory": typeof memoryMb === "number" ? memoryMb * MEBIBYTE : undefined,
  };
}

export function resourceOfLine(line: LogLine): Attributes {
  const { group, stream } = line;
  const names = { "aws.log.group.names": [group], "aws.log.stream.names": [stream] };
  const name = /^\/aws\/lambda\/(.+)$/.exec(group)?.[1];
  if (name === undefined) return { "service.name": group, ...placeOf(line), ...names };
  const version = /\[([^\]]+)\]/.exec(stream)?.[1];
  return {
    ...functionResource(name, placeOf(line)),
    "faas.version": version,
    "faas.instance": stream,
    ...names,
  };
}

export function placeOf({ account, region }: { readonly account: string; readonly region: string }) {
  return { "cloud.provider": "aws", "cloud.account.id": account, "cloud.region": region };
}

function functionResource(name: string, place: Attributes): Attributes {
  return { "service.name": name, ...place, "cloud.platform": "aws_lambda", "faas.name": name };
}

/** The function that the span is about. */
function functionOf({ kind, name, resource, attributes }: Span): string | undefined {
  if (kind === "stopped") return text(attributes.function) ?? name;
  if (kind === "invoke" || kind === "init" || kind === "left") return name;
  return /^arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(resource ?? "")?.[1];
}

/** The service whose work the span is: `s3` of `s3.PutObject`, or the one that its ARN names. */
function serviceOf({ kind, name, resource, attributes }: Span): string {
  if (kind === "call") return /^[a-z0-9-]+/.exec(name)?.[0] ?? name;
  return resource?.split(":")[2] || text(attributes.source) || "nuage";
}

const text = (value: string | number | boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value);
