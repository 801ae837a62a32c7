// `{{resolve:ssm:name}}` and its like, which properties have in the place of what is kept elsewhere.
import { TemplateError } from "../../deploy/template-error.ts";
import type { Context } from "../define.ts";
import type { Properties, Property } from "../resource-types.ts";

declare module "../define.ts" {
  interface Sdks {
    secretsmanager: typeof import("@aws-sdk/client-secrets-manager");
    ssm: typeof import("@aws-sdk/client-ssm");
  }
}

const REFERENCE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}/g;

/**
 * Properties with all their references filled in.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export async function resolveReferences(context: Context, properties: Properties): Promise<Properties> {
  const text = JSON.stringify(properties);
  if (!text.includes("{{resolve:")) return properties;
  return (await filled(context, properties)) as Properties;
}

async function filled(context: Context, value: Property): Promise<Property> {
  if (typeof value === "string") return filledText(context, value);
  if (Array.isArray(value)) return Promise.all(value.map((item: Property) => filled(context, item)));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(
    async ([name, member]) => [name, await filled(context, member)] as const,
  );
  return Object.fromEntries(await Promise.all(members));
}

async function filledText(context: Context, text: string): Promise<string> {
  let result = text;
  for (const [whole, kind, reference = ""] of text.matchAll(REFERENCE)) {
    const value =
      kind === "secretsmanager" ? await secret(context, reference) : await parameter(context, reference);
    result = result.replace(whole, () => value);
  }
  return result;
}

/** `name` or `name:version`. */
async function parameter(context: Context, reference: string): Promise<string> {
  const asked = { Name: reference, WithDecryption: true };
  const found = await context.call("ssm", "GetParameter", asked).catch((error: unknown) => {
    const isGone = error instanceof Error && /^Parameter(Version)?NotFound$/.test(error.name);
    if (!isGone) throw error;
  });
  const value = found?.Parameter?.Value;
  if (value === undefined) throw new TemplateError(`Parameters: [ssm:${reference}] cannot be found.`);
  return value;
}

/** `id:SecretString:key:stage:version`, where an id may be an ARN; all but the id may be left out. */
async function secret(context: Context, reference: string): Promise<string> {
  const parts = reference.split(":");
  const idParts = reference.startsWith("arn:") ? 7 : 1;
  const SecretId = parts.slice(0, idParts).join(":");
  const [kind = "SecretString", key, stage, version] = parts.slice(idParts);
  if (kind !== "SecretString") {
    throw new TemplateError(`Could not parse SecretString JSON: ${kind} is not supported for ${SecretId}.`);
  }
  const { SecretString = "" } = await context.call("secretsmanager", "GetSecretValue", {
    SecretId,
    ...(stage ? { VersionStage: stage } : {}),
    ...(version ? { VersionId: version } : {}),
  });
  if (!key) return SecretString;
  const members = parsed(SecretString);
  const value = members?.[key];
  if (value === undefined) {
    throw new TemplateError(`Could not find a value associated with JSONKey in SecretString`);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    throw new TemplateError("Could not parse SecretString JSON");
  }
}
