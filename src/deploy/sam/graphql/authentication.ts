import { type Dict, dictOf, isDict, isList, isNothing, type Literal, type Value } from "../dict.ts";
import { badResource } from "../problems.ts";

interface Authentication {
  readonly properties: Record<string, Literal>;
  /** Functions that authorize. */
  readonly authorizers: readonly Value[];
}

const CONFIGS: Readonly<Record<string, readonly [given: string, made: string]>> = {
  AWS_LAMBDA: ["LambdaAuthorizer", "LambdaAuthorizerConfig"],
  OPENID_CONNECT: ["OpenIDConnect", "OpenIDConnectConfig"],
  AMAZON_COGNITO_USER_POOLS: ["UserPool", "UserPoolConfig"],
};

/** Who may call: the default way, and others. */
export function authentication(id: string, auth: Dict): Authentication {
  const authorizers: Value[] = [];
  const one = (given: Dict, index?: number) => {
    const config = configOf(id, given, index);
    const uri = config.LambdaAuthorizerConfig?.get("AuthorizerUri");
    if (uri !== undefined) authorizers.push(uri);
    return { AuthenticationType: given.get("Type"), ...config };
  };
  const standard = auth.shallowCopy();
  standard.delete("Additional");
  const properties: Record<string, Literal> = one(standard);
  const others = auth.get("Additional");
  const list = isList(others) ? others.filter(isDict) : [];
  if (list.length > 0)
    properties.AdditionalAuthenticationProviders = list.map((given, index) => one(given, index));
  return { properties, authorizers };
}

function configOf(id: string, given: Dict, index: number | undefined): Record<string, Dict> {
  const path = index ? `Auth.Additional.${index}` : "Auth";
  const present = given.entries().filter(([, value]) => !isNothing(value));
  if (present.length > 2)
    throw badResource(id, `'${path}' has more than one authentication configuration defined.`);
  const [name, made] = CONFIGS[String(given.get("Type"))] ?? [];
  if (name === undefined || made === undefined) return {};
  const config = given.get(name);
  if (!isDict(config))
    throw badResource(id, `'${name}' must be defined if type is '${String(given.get("Type"))}'.`);
  const some = dictOf();
  for (const [member, value] of config.entries())
    if (!isNothing(value) && !(member === "DefaultAction" && index !== undefined)) some.set(member, value);
  return { [made]: some };
}
