import type { Cors, FunctionUrlConfig } from "@aws-sdk/client-lambda";
import { platformFault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { fault } from "../faults.ts";
import { PAGE_ITEMS } from "../limits.ts";
import { functionArn, nameFunction, qualifiedArn } from "../names.ts";
import { readMarker, takePage } from "../paging.ts";
import { readAlias, readFunction } from "../records.ts";
import {
  type CorsRecord,
  deleteUrl,
  everyUrlOf,
  readUrl,
  type UrlOwner,
  type UrlRecord,
  urlHost,
  writeUrl,
} from "./records.ts";

/** Addresses at which functions and aliases answer HTTP. */
export const urls = {
  async CreateFunctionUrlConfig(input, context) {
    const owner = ownerOf(input, context);
    const nowMs = context.clock.now();
    const record: UrlRecord = {
      v: 1,
      urlId: context.ids.hex(32),
      authType: input.AuthType ?? "NONE",
      invokeMode: input.InvokeMode ?? "BUFFERED",
      ...(input.Cors ? { cors: corsOf(input.Cors) } : {}),
      createdMs: nowMs,
      lastModifiedMs: nowMs,
    };
    await context.store.transact(async (tx) => {
      await requireOwner(tx, owner);
      if (await readUrl(tx, owner)) {
        throw fault(
          "ResourceConflictException",
          `Failed to create function url config for [functionArn = ${functionArn(owner)}]. Error message:  ` +
            "FunctionUrlConfig exists for this Lambda function",
        );
      }
      writeUrl(tx, owner, record);
    });
    const { LastModifiedTime: _unchanged, ...created } = describeUrl(owner, record, context);
    return created;
  },

  async GetFunctionUrlConfig(input, context) {
    const owner = ownerOf(input, context);
    const record = await context.store.transact((tx) => requireUrl(tx, owner));
    return describeUrl(owner, record, context);
  },

  async UpdateFunctionUrlConfig(input, context) {
    const owner = ownerOf(input, context);
    const lastModifiedMs = context.clock.now();
    const record = await context.store.transact(async (tx) => {
      await requireOwner(tx, owner);
      const current = await requireUrl(tx, owner);
      const next: UrlRecord = {
        ...current,
        authType: input.AuthType ?? current.authType,
        invokeMode: input.InvokeMode ?? current.invokeMode,
        ...(input.Cors ? { cors: corsOf(input.Cors) } : {}),
        lastModifiedMs,
      };
      writeUrl(tx, owner, next);
      return next;
    });
    return describeUrl(owner, record, context);
  },

  async DeleteFunctionUrlConfig(input, context) {
    const owner = ownerOf(input, context);
    await context.store.transact(async (tx) => {
      if (!(await deleteUrl(tx, owner))) throw notFound();
    });
    return {};
  },

  async ListFunctionUrlConfigs(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const [after] = readMarker(input.Marker) ?? [];
    const { items, next } = await context.store.transact(async (tx) => {
      if (!(await readFunction(tx, id))) throw noFunction();
      const most = Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS);
      return takePage(everyUrlOf(tx, id, after), most, ([qualifier]) => [qualifier]);
    });
    return {
      FunctionUrlConfigs: items.map(([qualifier, record]) =>
        describeUrl({ ...id, qualifier }, record, context),
      ),
      ...(next ? { NextMarker: next } : {}),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

const ALIAS = "((?!^\\d+$)^[0-9a-zA-Z-_]+$)";

/** A function, or one of its aliases: versions have no URL. */
function ownerOf(
  input: { readonly FunctionName?: string | undefined; readonly Qualifier?: string | undefined },
  context: Context,
): UrlOwner {
  const { qualifier, ...id } = nameFunction(input.FunctionName, input.Qualifier, context.scope);
  if (qualifier !== undefined && !new RegExp(ALIAS).test(qualifier)) {
    throw platformFault(
      "ValidationException",
      `1 validation error detected: Value '${qualifier}' at 'qualifier' failed to satisfy constraint: ` +
        `Member must satisfy regular expression pattern: ${ALIAS}`,
    );
  }
  return { ...id, qualifier: qualifier ?? "$LATEST" };
}

const noFunction = () => fault("ResourceNotFoundException", "Function does not exist");
const notFound = () => fault("ResourceNotFoundException", "The resource you requested does not exist.");

async function requireOwner(tx: Transaction, owner: UrlOwner): Promise<void> {
  if (!(await readFunction(tx, owner))) throw noFunction();
  if (owner.qualifier !== "$LATEST" && !(await readAlias(tx, owner, owner.qualifier))) throw noFunction();
}

async function requireUrl(tx: Transaction, owner: UrlOwner): Promise<UrlRecord> {
  const record = await readUrl(tx, owner);
  if (!record) throw notFound();
  return record;
}

function corsOf(cors: Cors): CorsRecord {
  const { AllowCredentials, AllowHeaders, AllowMethods, AllowOrigins, ExposeHeaders, MaxAge } = cors;
  return {
    ...(AllowCredentials === undefined ? {} : { allowCredentials: AllowCredentials }),
    ...(AllowHeaders ? { allowHeaders: AllowHeaders } : {}),
    ...(AllowMethods ? { allowMethods: AllowMethods } : {}),
    ...(AllowOrigins ? { allowOrigins: AllowOrigins } : {}),
    ...(ExposeHeaders ? { exposeHeaders: ExposeHeaders } : {}),
    ...(MaxAge === undefined ? {} : { maxAgeSeconds: MaxAge }),
  };
}

function describeCors(cors: CorsRecord): Cors {
  return {
    ...(cors.allowCredentials === undefined ? {} : { AllowCredentials: cors.allowCredentials }),
    ...(cors.allowHeaders ? { AllowHeaders: [...cors.allowHeaders] } : {}),
    ...(cors.allowMethods ? { AllowMethods: [...cors.allowMethods] } : {}),
    ...(cors.allowOrigins ? { AllowOrigins: [...cors.allowOrigins] } : {}),
    ...(cors.exposeHeaders ? { ExposeHeaders: [...cors.exposeHeaders] } : {}),
    ...(cors.maxAgeSeconds === undefined ? {} : { MaxAge: cors.maxAgeSeconds }),
  };
}

function describeUrl(owner: UrlOwner, record: UrlRecord, { endpoint }: Context): FunctionUrlConfig {
  const { protocol, host } = new URL(endpoint);
  return {
    FunctionUrl: `${protocol}//${urlHost(record.urlId, owner, host)}/`,
    FunctionArn: owner.qualifier === "$LATEST" ? functionArn(owner) : qualifiedArn(owner, owner.qualifier),
    AuthType: record.authType,
    ...(record.cors ? { Cors: describeCors(record.cors) } : {}),
    CreationTime: new Date(record.createdMs).toISOString(),
    LastModifiedTime: new Date(record.lastModifiedMs).toISOString(),
    InvokeMode: record.invokeMode,
  };
}
