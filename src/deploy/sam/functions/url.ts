import { type Dict, isDict, isList, truthy, type Value } from "../dict.ts";
import { expectMap } from "../expect.ts";
import { isIntrinsic } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";

const CORS: Readonly<Record<string, "list" | "bool" | "int">> = {
  AllowOrigins: "list",
  AllowMethods: "list",
  AllowCredentials: "bool",
  AllowHeaders: "list",
  ExposeHeaders: "list",
  MaxAge: "int",
};

/** A function's own URL, and who may call it when anybody may. */
export function functionUrl({ properties, attributes }: Macro, made: Resource, alias?: Resource): Resource[] {
  const config = properties.get("FunctionUrlConfig");
  if (!isDict(config) || config.size === 0) return [];
  checkAuthType(made.id, config);
  checkCors(made.id, config);
  const target = alias?.ref ?? made.ref;
  const handed = handedOn(attributes);
  const cors = config.get("Cors");
  const url = new Resource("AWS::Lambda::Url", `${made.id}Url`, { attributes: handed }).set({
    Cors: truthy(cors) ? cors : undefined,
    AuthType: config.get("AuthType"),
    TargetFunctionArn: target,
    InvokeMode: config.get("InvokeMode"),
  });
  if (config.get("AuthType") !== "NONE" || isIntrinsic(config)) return [url];
  const permission = (suffix: string) =>
    new Resource("AWS::Lambda::Permission", `${made.id}${suffix}`, { attributes: handed });
  return [
    url,
    permission("UrlPublicPermissions").set({
      Action: "lambda:InvokeFunctionUrl",
      FunctionName: target,
      Principal: "*",
      FunctionUrlAuthType: "NONE",
    }),
    permission("URLInvokeAllowPublicAccess").set({
      Action: "lambda:InvokeFunction",
      FunctionName: target,
      Principal: "*",
      InvokedViaFunctionUrl: true,
    }),
  ];
}

function checkAuthType(id: string, config: Dict): void {
  const type = config.get("AuthType");
  if (isIntrinsic(config) || isIntrinsic(type) || type === "AWS_IAM" || type === "NONE") return;
  throw badResource(
    id,
    "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either " +
      "AWS_IAM or NONE.",
  );
}

function checkCors(id: string, config: Dict): void {
  const given = config.get("Cors");
  if (isIntrinsic(config) || !truthy(given) || isIntrinsic(given)) return;
  const cors = expectMap(given, { resource: id }, "FunctionUrlConfig.Cors");
  for (const [name, value] of cors.entries()) {
    const kind = CORS[name];
    if (kind === undefined) throw badResource(id, `${name} is not a valid property for configuring Cors.`);
    if (!isIntrinsic(value) && !isOfKind(value, kind))
      throw badResource(id, `${name} must be of type ${kind}.`);
  }
}

function isOfKind(value: Value, kind: "list" | "bool" | "int"): boolean {
  if (kind === "list") return isList(value);
  return typeof value === "boolean" || (kind === "int" && Number.isInteger(value));
}
