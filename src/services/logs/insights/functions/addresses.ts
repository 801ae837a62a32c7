import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { textOf, type Value } from "../values.ts";
import { type ScalarFunction, taking, textual } from "./kinds.ts";

/** A range of addresses, such as `10.0.0.0/8`; undefined for what is none. */
interface Subnet {
  readonly family: 4 | 6;
  readonly bits: number;
  has(ip: string): boolean;
}

export function subnetOf(text: string): Subnet | undefined {
  const [net = "", bits = ""] = text.split("/");
  const family = isIP(net);
  const length = Number(bits);
  if ((family !== 4 && family !== 6) || !/^\d+$/.test(bits) || length > (family === 4 ? 32 : 128))
    return undefined;
  const list = new BlockList();
  const type = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(net, length, type);
  return { family, bits: length, has: (ip) => isIP(ip) === family && list.check(ip, type) };
}

const listOf = (subnets: string): readonly Subnet[] =>
  subnets.split(" ").flatMap((text) => subnetOf(text) ?? []);

// https://www.rfc-editor.org/rfc/rfc1918, and the same of IPv6.
const PRIVATE = listOf("10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7");
/** What the registries of special purpose addresses name besides. https://www.rfc-editor.org/rfc/rfc6890 */
const RESERVED = listOf(
  "0.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 " +
    "::/128 ::1/128 64:ff9b::/96 100::/64 2001::/23 2001:db8::/32 2002::/16 fe80::/10 ff00::/8",
);

const isWithin = (subnets: readonly Subnet[], ip: string) => subnets.some((subnet) => subnet.has(ip));

const address = (of: (text: string) => boolean): ScalarFunction =>
  taking(1, 1, (value) => of(textOf(value) ?? ""));

const inSubnet = (family?: 4 | 6): ScalarFunction =>
  taking(2, 2, (value: Value, subnet: Value) => {
    const found = subnetOf(textOf(subnet) ?? "");
    if (!found || (family !== undefined && found.family !== family)) return false;
    return found.has(textOf(value) ?? "");
  });

export const ADDRESSES: Readonly<Record<string, ScalarFunction>> = {
  isvalidip: address((text) => isIP(text) !== 0),
  isvalidipv4: address(isIPv4),
  isvalidipv6: address(isIPv6),
  isipinsubnet: inSubnet(),
  isipv4insubnet: inSubnet(4),
  isipv6insubnet: inSubnet(6),
  ipv4tonumber: textual((text) =>
    isIPv4(text) ? text.split(".").reduce((number, part) => number * 256 + Number(part), 0) : undefined,
  ),
  isprivateip: address((text) => isWithin(PRIVATE, text)),
  isreservedip: address((text) => isWithin(RESERVED, text)),
  ispublicip: address((text) => isIP(text) !== 0 && !isWithin([...PRIVATE, ...RESERVED], text)),
};
