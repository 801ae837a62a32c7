import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Scope } from "../../../kernel/scope.ts";
import type { Store } from "../../../store/store.ts";
import { splitStage } from "../addresses.ts";
import type { ApiEntry } from "../api-index.ts";
import { perPlatform } from "../execution/per-platform.ts";
import type { Place } from "../places.ts";
import {
  type ApiRecord,
  type AuthorizerRecord,
  type IntegrationRecord,
  listParts,
  readSnapshot,
  type Snapshot,
  type StageRecord,
} from "../v2/records.ts";
import { compileRoutes, type Router } from "./routing.ts";

/** A stage as it is deployed, ready to answer. */
export interface CompiledStage extends Scope {
  readonly apiId: string;
  readonly api: ApiRecord;
  readonly stage: StageRecord;
  readonly snapshot: Snapshot;
  /** Of HTTP APIs. */
  readonly router: Router;
  readonly integrations: ReadonlyMap<string, IntegrationRecord>;
  readonly authorizers: ReadonlyMap<string, AuthorizerRecord>;
  readonly variables: Readonly<Record<string, string>>;
  /** `arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod` */
  readonly arn: string;
}

/** Where a request goes: a stage, and the path below it, still percent-encoded. */
export interface Staged {
  readonly stage: CompiledStage;
  readonly path: string;
}

interface CompiledApi {
  readonly revision: string;
  readonly stages: ReadonlyMap<string, CompiledStage>;
}

const MOST_APIS = 1_000;
const apisBy = perPlatform(() => new Map<string, Promise<CompiledApi>>());

/** The stage that a request names, or undefined where there is none, or none that is deployed. */
export async function findStage(store: Store, { entry, path, mapping }: Place): Promise<Staged | undefined> {
  const { stages } = await compiledApi(store, entry);
  // A mapping without a stage leaves it to the path.
  if (mapping && mapping.stage !== "") {
    const stage = stages.get(mapping.stage);
    return stage && { stage, path };
  }
  const { stage: name, rest } = splitStage(path);
  const named = stages.get(decoded(name));
  if (named) return { stage: named, path: rest };
  const stage = stages.get("$default");
  return stage && { stage, path };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Made once for each revision of an API. */
async function compiledApi(store: Store, entry: ApiEntry): Promise<CompiledApi> {
  const apis = apisBy(store);
  const known = await apis.get(entry.apiId);
  if (known?.revision === entry.revision) return known;
  if (apis.size >= MOST_APIS) apis.clear();
  const made = compile(store, entry);
  apis.set(entry.apiId, made);
  made.catch(() => apis.delete(entry.apiId));
  return made;
}

async function compile(store: Store, { apiId, account, region, revision }: ApiEntry): Promise<CompiledApi> {
  const found = await store.transact(async (tx) => {
    const stages = await listParts(tx, apiId, "stage");
    const all: { stage: StageRecord; snapshot: Snapshot }[] = [];
    for (const stage of stages) {
      const snapshot = stage.DeploymentId && (await readSnapshot(tx, apiId, stage.DeploymentId));
      if (snapshot) all.push({ stage, snapshot });
    }
    return all;
  });
  const stages = found.map(({ stage, snapshot }): [string, CompiledStage] => [
    stage.StageName,
    {
      account,
      region,
      apiId,
      api: snapshot.api,
      stage,
      snapshot,
      router: compileRoutes(snapshot.api.ProtocolType === "HTTP" ? snapshot.routes : []),
      integrations: new Map(snapshot.integrations.map((one) => [one.IntegrationId, one])),
      authorizers: new Map(snapshot.authorizers.map((one) => [one.AuthorizerId, one])),
      variables: stage.StageVariables ?? {},
      arn: `arn:aws:execute-api:${region}:${account}:${apiId}/${stage.StageName}`,
    },
  ]);
  return { revision, stages: new Map(stages) };
}

/** What holds for a route in a stage: its own settings over the stage's. */
export function settingsOf({ stage }: CompiledStage, routeKey: string): sdk.RouteSettings {
  return { ...stage.DefaultRouteSettings, ...stage.RouteSettings?.[routeKey] };
}

/** Fills in `${stageVariables.name}`. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  if (!text.includes("${stageVariables.")) return text;
  return text.replace(/\$\{stageVariables\.([a-zA-Z0-9_]+)\}/g, (_, name: string) => variables[name] ?? "");
}
