import type { Value } from "./values.ts";

/** A kind of lines that AWS's services write: their shape, and what each part of it is called. */
interface Shape {
  readonly line: RegExp;
  readonly names: readonly string[];
}

const ADDRESS = String.raw`[\d.a-fA-F:]+|-`;
const NUMBER = String.raw`\d+|-`;

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
const SHAPES: readonly Shape[] = [
  {
    // Amazon VPC flow logs of the default format
    line: shape(
      ...[String.raw`\d+`, String.raw`\d{12}|unknown`, String.raw`eni-\w+|-`, ADDRESS, ADDRESS],
      ...[NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, String.raw`\d+`, String.raw`\d+`],
      ...["ACCEPT|REJECT|-", "OK|NODATA|SKIPDATA"],
    ),
    names: [
      ...["version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort"],
      ...["protocol", "packets", "bytes", "startTime", "endTime", "action", "logStatus"],
    ],
  },
  {
    // Route 53 public DNS queries
    line: shape(
      ...[String.raw`\d\.\d`, String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`, String.raw`Z\w+`, String.raw`\S+`],
      ...["[A-Z]+", "[A-Z]+", "TCP|UDP", String.raw`[A-Z]{3}\d+(?:-\w+)?`, ADDRESS, String.raw`\S+`],
    ),
    names: [
      ...["version", "queryTimestamp", "hostZoneId", "queryName", "queryType", "responseCode"],
      ...["protocol", "edgeLocation", "resolverIp", "ednsClientSubnet"],
    ],
  },
];

function shape(...parts: readonly string[]): RegExp {
  return new RegExp(`^${parts.map((part) => `(${part})`).join(" ")}\\s*$`);
}

/** What a line of a flow log or a query log says; nothing for any other. */
export function lineFields(message: string): Record<string, Value> {
  // Lines of these kinds begin with their version, and hold no quotes or braces.
  if (!/^\d/.test(message)) return {};
  for (const { line, names } of SHAPES) {
    const [, ...parts] = line.exec(message) ?? [];
    if (parts.length > 0) return Object.fromEntries(names.map((name, at) => [name, parts[at]]));
  }
  return {};
}
