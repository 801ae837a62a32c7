import type * as sdk from "@aws-sdk/client-cloudformation";
import { isMap, parseTemplate } from "../../deploy/parse.ts";
import type { Wanted } from "./records.ts";

const MASK = "****";

/** Parameters as stacks and change sets show them: of those with NoEcho, that they have a value. */
export function shownParameters({ template, parameters, stored }: Wanted): sdk.Parameter[] {
  const names = Object.keys(parameters);
  if (names.length === 0) return [];
  const { Parameters: declared } = parseTemplate(template);
  const isSecret = (name: string) => {
    const parameter = isMap(declared) ? declared[name] : undefined;
    return isMap(parameter) && String(parameter.NoEcho) === "true";
  };
  return names.map((name) => {
    const resolved = stored?.[parameters[name] ?? ""];
    return {
      ParameterKey: name,
      ParameterValue: isSecret(name) ? MASK : parameters[name],
      ...(resolved === undefined ? {} : { ResolvedValue: isSecret(name) ? MASK : resolved }),
    };
  });
}
