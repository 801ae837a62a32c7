// What an SDK package says of its service: its operations, and its wire.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ProtocolId, Wire } from "../../src/kernel/wire.ts";

export interface Sdk {
  readonly package: string;
  /** The class of its client: `SQSClient`. */
  readonly client: string;
  readonly operations: readonly string[];
  readonly wire: Wire;
}

const PROTOCOLS: Readonly<Record<string, ProtocolId>> = {
  AwsJson1_0Protocol: "awsJson1_0",
  AwsJson1_1Protocol: "awsJson1_1",
  AwsQueryProtocol: "awsQuery",
  AwsRestJsonProtocol: "restJson1",
  AwsRestXmlProtocol: "restXml",
  AwsSmithyRpcV2CborProtocol: "rpcV2Cbor",
  S3RestXmlProtocol: "restXml",
};

/** Reads an installed SDK package, or gives undefined for one that is not. */
export async function readSdk(root: string, name: string): Promise<Sdk | undefined> {
  const folder = join(root, "node_modules", name);
  if (name === "" || !existsSync(folder)) return undefined;
  const settings = readFileSync(join(folder, "dist-es/runtimeConfig.shared.js"), "utf8");
  const auth = readFileSync(join(folder, "dist-es/auth/httpAuthSchemeProvider.js"), "utf8");
  const sdk: Record<string, unknown> = await import(pathToFileURL(join(folder, "dist-cjs/index.js")).href);
  const names = Object.keys(sdk);
  const setting = (key: string) => new RegExp(`\\b${key}: "([^"]+)"`).exec(settings)?.[1];
  const protocol = PROTOCOLS[/\?\? (\w+Protocol)\b/.exec(settings)?.[1] ?? ""] ?? "awsJson1_1";
  const signingName = /\bname: "([a-z0-9-]+)"/.exec(auth)?.[1] ?? name.replace("@aws-sdk/client-", "");
  const target = protocol.startsWith("awsJson") ? setting("serviceTarget") : undefined;
  const xmlNamespace = setting("xmlNamespace");
  return {
    package: name,
    client: names.find((each) => /^[A-Z]\w*Client$/.test(each)) ?? "Client",
    operations: names.flatMap((each) => /^([A-Z]\w*)Command$/.exec(each)?.[1] ?? []),
    wire: {
      protocols: [protocol],
      ...(target ? { target } : {}),
      version: setting("version") ?? "",
      ...(xmlNamespace ? { xmlNamespace } : {}),
      signingName,
    },
  };
}
