import { formatArn } from "../../kernel/arn.ts";
import { platformFault } from "../../kernel/faults.ts";
import type { Scope } from "../../kernel/scope.ts";
import { accessDenied, fault } from "./faults.ts";
import type { LayerId } from "./layer-records.ts";

export const layerArn = (id: LayerId): string => formatArn("lambda", id, `layer:${id.name}`);
export const layerVersionArn = (id: LayerId, version: number): string => `${layerArn(id)}:${version}`;

const ARN = /^arn:[a-zA-Z0-9-]+:lambda:([a-zA-Z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+)(?::(\d+))?$/;

/** A layer, by its name or ARN. Those of other Regions are not reachable. */
export function nameLayer(text: string | undefined, scope: Scope): LayerId {
  const [, region = scope.region, account = scope.account, name = text ?? ""] = ARN.exec(text ?? "") ?? [];
  if (region !== scope.region) {
    throw fault(
      "ResourceNotFoundException",
      `Layers from '${region}' are not reachable in this region ('${scope.region}')`,
    );
  }
  return { account, region, name };
}

/** One that only its own account may change. */
export function nameOwnLayer(text: string | undefined, scope: Scope): LayerId {
  const id = nameLayer(text, scope);
  if (id.account !== scope.account) throw accessDenied();
  return id;
}

/** A layer version's ARN, or the fault of what is none. */
export function parseLayerVersion(arn: string, member: string): { id: LayerId; version: number } {
  const [, region = "", account = "", name = "", version] = ARN.exec(arn) ?? [];
  if (version !== undefined) return { id: { account, region, name }, version: Number(version) };
  throw platformFault(
    "ValidationException",
    `1 validation error detected: Value '${arn}' at '${member}' failed to satisfy constraint: Member must ` +
      "satisfy regular expression pattern: " +
      "arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+",
  );
}
