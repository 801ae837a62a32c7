import { formatArn } from "../../kernel/arn.ts";
import type { Scope } from "../../kernel/scope.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context } from "../define.ts";
import { stackTags } from "../stack-tags.ts";
import { readDomain, writeDomain } from "./domains/records.ts";
import { badRequest, noDomain, notFound } from "./faults.ts";
import { readApi, readPart, writeApi, writePart } from "./v2/records.ts";
import { readVpcLink, writeVpcLink } from "./vpc-links.ts";

export type Tags = Readonly<Record<string, string>>;

/** What has tags, whichever API it is seen through. */
interface Tagged {
  readonly tags: Tags;
  write(tags: Tags): void;
}

type Find = (tx: Transaction, scope: Scope, ...names: string[]) => Promise<Tagged | undefined>;

/** By the path in the resource's ARN: `arn:aws:apigateway:us-east-1::/apis/a1b2c3`. */
const KINDS: readonly (readonly [RegExp, Find])[] = [
  [/^\/apis\/([^/]+)$/, ofApi],
  [/^\/apis\/([^/]+)\/stages\/([^/]+)$/, ofStage],
  [/^\/domainnames\/([^/]+)$/, ofDomain],
  [/^\/vpclinks\/([^/]+)$/, ofVpcLink],
];

const MOST_TAGS = 50;

/** By the paths in ARNs: the kinds that CloudFormation marks. A REST API's link is not among them. */
const MARKED: readonly (readonly [RegExp, string])[] = [
  [/^\/apikeys\/([^/]+)$/, "AWS::ApiGateway::ApiKey"],
  [/^\/apis\/([^/]+)$/, "AWS::ApiGatewayV2::Api"],
  [/^\/apis\/([^/]+)\/stages\/([^/]+)$/, "AWS::ApiGatewayV2::Stage"],
  [/^\/clientcertificates\/([^/]+)$/, "AWS::ApiGateway::ClientCertificate"],
  [/^\/domainnames\/([^/]+)$/, "AWS::ApiGateway::DomainName"],
  [/^\/domainnames\/([^/]+)$/, "AWS::ApiGatewayV2::DomainName"],
  [/^\/restapis\/([^/]+)$/, "AWS::ApiGateway::RestApi"],
  [/^\/restapis\/([^/]+)\/stages\/([^/]+)$/, "AWS::ApiGateway::Stage"],
  [/^\/usageplans\/([^/]+)$/, "AWS::ApiGateway::UsagePlan"],
  [/^\/vpclinks\/([^/]+)$/, "AWS::ApiGatewayV2::VpcLink"],
];

/** The tags of what an ARN names that tell which stack has made it. */
export async function marksOf(context: Context, arn = ""): Promise<Tags> {
  const path = arn.slice(arn.indexOf("/"));
  const marks: Record<string, string> = {};
  for (const [pattern, type] of MARKED) {
    const names = pattern.exec(path)?.slice(1);
    if (names) Object.assign(marks, await stackTags(context, type, names.join("/")));
  }
  return marks;
}

/** Resources' ARNs have no account. */
export function resourceArn({ region }: Scope, path: string): string {
  return formatArn("apigateway", { region }, path);
}

export function checkTags(tags: Tags | undefined): Tags {
  const all = Object.entries(tags ?? {});
  if (all.length > MOST_TAGS) throw badRequest(`The number of tags must not exceed ${MOST_TAGS}`);
  for (const [name, value] of all) {
    if (name === "" || name.length > 128 || /^aws:/i.test(name)) {
      throw badRequest("Tag keys must be 1 to 128 characters long and must not begin with aws:");
    }
    if (value.length > 256) throw badRequest("Tag values must be at most 256 characters long");
  }
  return { ...tags };
}

export async function readTags(context: Context, arn = ""): Promise<Tags> {
  const { tags } = await context.store.transact((tx) => find(tx, context, arn));
  return { ...tags, ...(await marksOf(context, decoded(arn))) };
}

export async function changeTags(
  context: Context,
  arn: string | undefined,
  edit: (tags: Tags) => Tags,
): Promise<void> {
  await context.store.transact(async (tx) => {
    const tagged = await find(tx, context, arn ?? "");
    tagged.write(checkTags(edit(tagged.tags)));
  });
}

/** Some clients encode the ARN twice. */
const decoded = (arn: string) => (arn.includes("%") ? decodeURIComponent(arn) : arn);

async function find(tx: Transaction, { scope }: Context, arn: string): Promise<Tagged> {
  const match = /^arn:[^:]+:apigateway:([^:]*):[^:]*:(\/.+)$/.exec(decoded(arn));
  if (!match) throw badRequest("Invalid ARN specified in the request");
  const [, region = "", path = ""] = match;
  for (const [pattern, read] of KINDS) {
    const names = pattern.exec(path);
    const tagged = names && (await read(tx, { ...scope, region }, ...names.slice(1)));
    if (tagged) return tagged;
  }
  if (/^\/domainnames\//.test(path)) throw noDomain();
  throw notFound("Invalid resource identifier specified");
}

async function ofApi(tx: Transaction, scope: Scope, id = ""): Promise<Tagged | undefined> {
  const api = await readApi(tx, scope, id);
  return api && { tags: api.Tags, write: (Tags) => writeApi(tx, { ...api, Tags }) };
}

async function ofStage(tx: Transaction, scope: Scope, id = "", name = ""): Promise<Tagged | undefined> {
  const stage = (await readApi(tx, scope, id)) && (await readPart(tx, id, "stage", name));
  return (
    stage && { tags: stage.Tags, write: (Tags) => writePart(tx, id, "stage", [name], { ...stage, Tags }) }
  );
}

async function ofDomain(tx: Transaction, _: Scope, name = ""): Promise<Tagged | undefined> {
  const domain = await readDomain(tx, name);
  return domain && { tags: domain.tags, write: (tags) => writeDomain(tx, { ...domain, tags }) };
}

async function ofVpcLink(tx: Transaction, scope: Scope, id = ""): Promise<Tagged | undefined> {
  const link = await readVpcLink(tx, scope, id);
  return link && { tags: link.tags, write: (tags) => writeVpcLink(tx, { ...link, tags }) };
}
