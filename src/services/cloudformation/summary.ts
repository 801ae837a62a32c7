import type * as sdk from "@aws-sdk/client-cloudformation";
import { declaredTransforms } from "../../deploy/declared.ts";
import { checkReferences, dependenciesOf } from "../../deploy/graph.ts";
import { isMap, type JsonMap, parseTemplate } from "../../deploy/parse.ts";
import { type TemplateParameter, templateOf } from "../../deploy/template.ts";
import { asValidation, PSEUDO } from "./prepare.ts";

const USUAL_VERSION = "2010-09-09";

/** What there is to say of a template before there is a stack. Throws a ValidationError for what is none. */
export function summaryOf(text: string): Promise<sdk.GetTemplateSummaryOutput> {
  return asValidation(() => {
    const root = parseTemplate(text);
    const transforms = declaredTransforms(root);
    if (transforms.length === 0) checkWhole(root);
    const parameters = isMap(root.Parameters) ? root.Parameters : {};
    const resources = resourcesIn(root);
    const types = [...new Set(resources.map(({ Type }) => String(Type)))];
    const { Description, AWSTemplateFormatVersion: version = USUAL_VERSION, Metadata } = root;
    return {
      ...(typeof Description === "string" ? { Description } : {}),
      Parameters: Object.entries(parameters).map(([name, parameter]) =>
        declarationOf(name, parameter as unknown as TemplateParameter),
      ),
      ResourceTypes: types,
      Version: String(version).slice(0, USUAL_VERSION.length),
      ...(Metadata === undefined ? {} : { Metadata: JSON.stringify(Metadata) }),
      ...(transforms.length > 0 ? { DeclaredTransforms: [...transforms] } : {}),
      ...capabilitiesOf(resources, transforms),
    };
  }, text);
}

/** Of a template that transforms will change, not all can be said yet. */
function checkWhole(root: JsonMap): void {
  const template = templateOf(root);
  checkReferences(template, PSEUDO);
  dependenciesOf(template.resources);
}

function resourcesIn({ Resources }: JsonMap): readonly JsonMap[] {
  return isMap(Resources) ? Object.values(Resources).filter(isMap) : [];
}

function declarationOf(name: string, parameter: TemplateParameter): sdk.ParameterDeclaration {
  const { Type, Default, NoEcho = false, Description, AllowedValues } = parameter;
  return {
    ParameterKey: name,
    ParameterType: Type,
    ...(Default === undefined ? {} : { DefaultValue: String(Default) }),
    NoEcho: String(NoEcho) === "true",
    ...(Description === undefined ? {} : { Description }),
    ParameterConstraints: AllowedValues ? { AllowedValues: AllowedValues.map(String) } : {},
  };
}

const NAMING = ["GroupName", "InstanceProfileName", "ManagedPolicyName", "RoleName", "UserName"];

function capabilitiesOf(
  resources: readonly JsonMap[],
  transforms: readonly string[],
): Pick<sdk.GetTemplateSummaryOutput, "Capabilities" | "CapabilitiesReason"> {
  const iam = resources.filter(({ Type }) => String(Type).startsWith("AWS::IAM::"));
  const isNamed = iam.some(
    ({ Properties }) => isMap(Properties) && NAMING.some((name) => Properties[name] !== undefined),
  );
  const capabilities: sdk.Capability[] = [
    ...(iam.length > 0 ? [isNamed ? ("CAPABILITY_NAMED_IAM" as const) : ("CAPABILITY_IAM" as const)] : []),
    ...(transforms.length > 0 ? ["CAPABILITY_AUTO_EXPAND" as const] : []),
  ];
  if (capabilities.length === 0) return {};
  const types = [...new Set(iam.map(({ Type }) => String(Type)))];
  const reason =
    iam.length > 0
      ? `The following resource(s) require capabilities: [${types.join(", ")}]`
      : `The following transform(s) require capabilities: [${transforms.join(", ")}]`;
  return { Capabilities: capabilities, CapabilitiesReason: reason };
}
