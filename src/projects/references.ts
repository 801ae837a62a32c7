import { isMap, type Json } from "../deploy/parse.ts";

/** What lies at a place of the artefacts' bucket. */
export interface Located {
  readonly bucket: string;
  readonly key: string;
  /** As CloudFormation takes it for templates. */
  readonly url: string;
}

/**
 * What a local path stands for: code is built and zipped, a zip holds the folder or file as it is, a file
 * goes as it is, a template is packaged itself.
 */
export type Kind = "function" | "layer" | "zip" | "file" | "template";

export interface Reference {
  /** The property, or where it lies: `Command.ScriptLocation`. */
  readonly property: string;
  readonly kind: Kind;
  readonly locate: (located: Located) => Json;
}

const uri = ({ bucket, key }: Located): Json => `s3://${bucket}/${key}`;
const url = (located: Located): Json => located.url;
const long = ({ bucket, key }: Located): Json => ({ S3Bucket: bucket, S3Key: key });
const short = ({ bucket, key }: Located): Json => ({ Bucket: bucket, Key: key });

const one = (property: string, kind: Kind, locate: Reference["locate"]): readonly Reference[] => [
  { property, kind, locate },
];

/**
 * Properties that may name something local, as `aws cloudformation package` has them:
 * https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
 */
export const REFERENCES: Readonly<Record<string, readonly Reference[]>> = {
  "AWS::ApiGateway::RestApi": one("BodyS3Location", "file", short),
  "AWS::AppSync::GraphQLSchema": one("DefinitionS3Location", "file", uri),
  "AWS::AppSync::Resolver": [
    ...one("RequestMappingTemplateS3Location", "file", uri),
    ...one("ResponseMappingTemplateS3Location", "file", uri),
    ...one("CodeS3Location", "file", uri),
  ],
  "AWS::AppSync::FunctionConfiguration": [
    ...one("RequestMappingTemplateS3Location", "file", uri),
    ...one("ResponseMappingTemplateS3Location", "file", uri),
    ...one("CodeS3Location", "file", uri),
  ],
  "AWS::CloudFormation::Stack": one("TemplateURL", "template", url),
  "AWS::Glue::Job": one("Command.ScriptLocation", "file", uri),
  "AWS::Lambda::Function": one("Code", "function", long),
  "AWS::Lambda::LayerVersion": one("Content", "layer", long),
  "AWS::Serverless::Api": one("DefinitionUri", "file", uri),
  "AWS::Serverless::Application": one("Location", "template", url),
  "AWS::Serverless::Function": one("CodeUri", "function", uri),
  "AWS::Serverless::GraphQLApi": one("SchemaUri", "file", uri),
  "AWS::Serverless::HttpApi": one("DefinitionUri", "file", uri),
  "AWS::Serverless::LayerVersion": one("ContentUri", "layer", uri),
  "AWS::Serverless::StateMachine": one("DefinitionUri", "file", uri),
  "AWS::StepFunctions::StateMachine": one("DefinitionS3Location", "file", short),
};

/** `Fn::Transform` of AWS::Include may stand anywhere. */
export const INCLUDE = { name: "AWS::Include", locate: uri } as const;

/** A path of this machine, and not what is elsewhere already. */
export function localPath(value: Json | undefined): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  return /^(s3|https?):\/\//.test(value) ? undefined : value;
}

/** What lies at `Command.ScriptLocation` of some properties. */
export function valueAt(properties: Json, property: string): Json | undefined {
  let value: Json | undefined = properties;
  for (const name of property.split(".")) value = isMap(value) ? value[name] : undefined;
  return value;
}

/** The same properties with another value there. */
export function withValueAt(properties: Json, property: string, value: Json): Json {
  const [name = "", ...rest] = property.split(".");
  const map = isMap(properties) ? properties : {};
  const inner = rest.length === 0 ? value : withValueAt(map[name] ?? {}, rest.join("."), value);
  return { ...map, [name]: inner };
}
