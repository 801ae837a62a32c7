// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
import { type Dict, dictOf, isDict, isNothing, textOf, truthy, type Value } from "../dict.ts";
import { sub } from "../intrinsics.ts";
import { badResource } from "../problems.ts";
import { hasEdgeApis, stackArn } from "../region.ts";
import { handedOn, Resource } from "../resource.ts";
import type { Macro } from "../schema.ts";
import { propagateTags } from "../tags.ts";
import type { Translation } from "../translation.ts";
import { authorizersOf, restApiBody } from "./rest-api-body.ts";
import { restApiDomain } from "./rest-api-domain.ts";
import { deploymentAndStage } from "./stage.ts";
import { usagePlan } from "./usage-plan.ts";

/** A REST API, its deployment and stage, its domain, its usage plan. */
export function transformRestApi(macro: Macro, translation: Translation): Resource[] {
  const { properties } = macro;
  for (const name of ["BinaryMediaTypes", "Domain", "Auth"])
    if (properties.has(name)) properties.set(name, translation.parameters.resolve(properties.get(name)));
  const api = restApi(macro, translation);
  const domain = restApiDomain(macro, translation, api);
  const { deployment, stage } = deploymentAndStage(macro, translation, api);
  const permissions = authorizerPermissions(macro, translation);
  const plan = usagePlan(macro, translation, stage);
  const resources = [
    api,
    deployment,
    stage,
    ...permissions,
    ...domain.resources,
    ...plan,
    ...domain.associations,
  ];
  propagateTags(resources, properties);
  return resources;
}

function restApi(macro: Macro, translation: Translation): Resource {
  const { id, properties, attributes, dependsOn } = macro;
  checkDefinition(id, properties);
  const api = new Resource("AWS::ApiGateway::RestApi", id, { attributes, dependsOn });
  const when = (name: string) => (truthy(properties.get(name)) ? properties.get(name) : undefined);
  api.set({
    BinaryMediaTypes: properties.get("BinaryMediaTypes"),
    MinimumCompressionSize: properties.get("MinimumCompressionSize"),
  });
  const endpoint = when("EndpointConfiguration");
  if (endpoint !== undefined) setEndpoint(api, endpoint);
  else if (!hasEdgeApis(translation.place)) setEndpoint(api, "REGIONAL");
  api.set(restApiBody(macro, translation));
  for (const name of [
    "FailOnWarnings",
    "Name",
    "Description",
    "Mode",
    "ApiKeySourceType",
    "Policy",
    "SecurityPolicy",
    "EndpointAccessMode",
  ])
    api.set({ [name]: when(name) });
  return api;
}

function checkDefinition(id: string, properties: Dict): void {
  const uri = truthy(properties.get("DefinitionUri"));
  if (uri && truthy(properties.get("DefinitionBody")))
    throw badResource(id, "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
  if (uri && truthy(properties.get("MergeDefinitions")))
    throw badResource(id, "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.");
  const version = properties.get("OpenApiVersion");
  if (truthy(version) && !/^[2-3](\.\d)(\.\d)?$/.test(typeof version === "string" ? textOf(version) : ""))
    throw badResource(id, "The OpenApiVersion value must be of the format '3.0.0'.");
}

function setEndpoint(api: Resource, given: Value): void {
  const type = isDict(given) ? given.get("Type") : undefined;
  if (!isDict(given) || !truthy(type)) {
    api.set({ EndpointConfiguration: { Types: [given] }, Parameters: { endpointConfigurationTypes: given } });
    return;
  }
  if (given.has("VPCEndpointIds") && given.has("VpcEndpointIds")) {
    throw badResource(
      api.id,
      "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in EndpointConfiguration.",
    );
  }
  const endpoints = truthy(given.get("VPCEndpointIds"))
    ? given.get("VPCEndpointIds")
    : given.get("VpcEndpointIds");
  api.set({
    Parameters: { endpointConfigurationTypes: type },
    EndpointConfiguration: {
      Types: [type],
      VpcEndpointIds: endpoints,
      IpAddressType: given.get("IpAddressType"),
    },
  });
}

/** Lets the API call its authorizers' functions. */
function authorizerPermissions(macro: Macro, translation: Translation): Resource[] {
  const { id, properties, attributes } = macro;
  const auth = properties.get("Auth");
  if (!isDict(auth) || isNothing(auth.get("Authorizers"))) return [];
  const arn = stackArn(translation.place.partition, "execute-api", "${__ApiId__}/authorizers/*");
  return [...authorizersOf(macro, translation, auth.get("Authorizers"), undefined)].flatMap(
    ([name, authorizer]) => {
      if (!authorizer.needsPermission) return [];
      const permission = new Resource("AWS::Lambda::Permission", `${id}${name}AuthorizerPermission`, {
        attributes: handedOn(attributes),
      });
      return permission.set({
        Action: "lambda:InvokeFunction",
        FunctionName: authorizer.functionArn,
        Principal: "apigateway.amazonaws.com",
        SourceArn: sub(arn, { __ApiId__: dictOf({ Ref: id }) }),
      });
    },
  );
}
