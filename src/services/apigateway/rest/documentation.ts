import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import { look, requireApi, requireStage } from "./change.ts";
import { badRequest, conflict, noPart } from "./faults.ts";
import { positioned } from "./pages.ts";
import { type PatchRule, patched, textRule } from "./patch.ts";
import {
  type DocumentationRecord,
  type DocumentationVersionRecord,
  documentationKey,
  read,
  readAll,
  stageKey,
  versionKey,
  write,
} from "./records.ts";

export const documentation = {
  async CreateDocumentationPart(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) =>
      addPart(tx, context, apiId, input.location, input.properties),
    );
  },

  async GetDocumentationPart(input, context) {
    return look(
      context,
      input.restApiId,
      async ({ apiId }, tx) => (await requirePart(tx, apiId, input.documentationPartId)).part,
    );
  },

  async GetDocumentationParts(input, context) {
    const all = await look(context, input.restApiId, ({ apiId }, tx) => partsOf(tx, apiId));
    const wanted = all.filter(
      ({ location = {} as sdk.DocumentationPartLocation, properties }) =>
        (input.type === undefined || location.type === input.type) &&
        (location.name ?? "").includes(input.nameQuery ?? "") &&
        (location.path ?? "").startsWith(input.path ?? "") &&
        (input.locationStatus !== "UNDOCUMENTED" || !properties),
    );
    return positioned(wanted, input, ({ id = "" }) => id);
  },

  async UpdateDocumentationPart(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      const old = await requirePart(tx, apiId, input.documentationPartId);
      const part = patched(old.part, input.patchOperations, PART_RULES);
      checkProperties(part.properties);
      write(tx, documentationKey(apiId, part.id ?? ""), { ...old, part });
      return part;
    });
  },

  async DeleteDocumentationPart(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      const { part } = await requirePart(tx, apiId, input.documentationPartId);
      tx.delete(documentationKey(apiId, part.id ?? ""));
      return {};
    });
  },

  async ImportDocumentationParts(input, context) {
    const document = readDocument(input.body as Uint8Array | undefined);
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      if (input.mode === "overwrite")
        for (const { id } of await partsOf(tx, apiId)) tx.delete(documentationKey(apiId, id ?? ""));
      const ids: (string | undefined)[] = [];
      for (const { location, properties } of document) {
        ids.push((await addPart(tx, context, apiId, location, JSON.stringify(properties))).id);
      }
      return { ids: ids.filter((id) => id !== undefined), warnings: [] };
    });
  },

  async CreateDocumentationVersion(input, context) {
    const version = input.documentationVersion ?? "";
    const nowMs = Math.floor(context.clock.now());
    return context.store.transact(async (tx) => {
      const { apiId } = await requireApi(tx, context, input.restApiId);
      if (await read(tx, versionKey(apiId, version))) throw conflict("Documentation version already exists");
      const record: DocumentationVersionRecord = {
        v: 1,
        apiId,
        version,
        description: input.description,
        createdMs: nowMs,
        parts: await partsOf(tx, apiId),
      };
      write(tx, versionKey(apiId, version), record);
      if (input.stageName) {
        const stage = await requireStage(tx, apiId, input.stageName);
        const documented = { ...stage.stage, documentationVersion: version };
        write(tx, stageKey(apiId, stage.name), { ...stage, stage: documented, updatedMs: nowMs });
      }
      return describe(record);
    });
  },

  async GetDocumentationVersion(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) =>
      describe(await requireVersion(tx, apiId, input.documentationVersion)),
    );
  },

  async GetDocumentationVersions(input, context) {
    const all = await look(context, input.restApiId, ({ apiId }, tx) =>
      readAll<DocumentationVersionRecord>(tx, versionKey(apiId, "").slice(0, -1)),
    );
    return positioned(all.map(describe), input, ({ version }) => version);
  },

  async UpdateDocumentationVersion(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      const old = await requireVersion(tx, apiId, input.documentationVersion);
      const { description } = patched<{ description?: string }>({}, input.patchOperations, VERSION_RULES);
      const changed = { ...old, description };
      write(tx, versionKey(apiId, old.version), changed);
      return describe(changed);
    });
  },

  async DeleteDocumentationVersion(input, context) {
    return look(context, input.restApiId, async ({ apiId }, tx) => {
      const { version } = await requireVersion(tx, apiId, input.documentationVersion);
      tx.delete(versionKey(apiId, version));
      return {};
    });
  },
} satisfies Handlers<typeof sdk>;

const PART_RULES: readonly PatchRule<sdk.DocumentationPart>[] = [textRule("/properties", "properties")];
const VERSION_RULES: readonly PatchRule<{ description?: string }>[] = [
  textRule("/description", "description"),
];

async function partsOf(tx: Transaction, apiId: string): Promise<sdk.DocumentationPart[]> {
  const records = await readAll<DocumentationRecord>(tx, documentationKey(apiId, "").slice(0, -1));
  return records.map(({ part }) => part);
}

async function requirePart(tx: Transaction, apiId: string, id = ""): Promise<DocumentationRecord> {
  const part = await read<DocumentationRecord>(tx, documentationKey(apiId, id));
  if (!part) throw noPart("Documentation part");
  return part;
}

async function requireVersion(
  tx: Transaction,
  apiId: string,
  version = "",
): Promise<DocumentationVersionRecord> {
  const found = await read<DocumentationVersionRecord>(tx, versionKey(apiId, version));
  if (!found) throw noPart("Documentation version");
  return found;
}

function describe({ version, description, createdMs }: DocumentationVersionRecord) {
  return { version, description, createdDate: new Date(createdMs) };
}

async function addPart(
  tx: Transaction,
  { ids }: Pick<Context, "ids">,
  apiId: string,
  location: sdk.DocumentationPartLocation | undefined,
  properties: string | undefined,
): Promise<sdk.DocumentationPart> {
  checkProperties(properties);
  const same = (await partsOf(tx, apiId)).some(
    (each) => JSON.stringify(each.location) === JSON.stringify(location),
  );
  if (same) throw conflict("Documentation part already exists for the specified location");
  const part = { id: newResourceId(ids), location, properties };
  const record: DocumentationRecord = { v: 1, apiId, part };
  write(tx, documentationKey(apiId, part.id), record);
  return part;
}

function checkProperties(properties: string | undefined): void {
  try {
    const read: unknown = JSON.parse(properties ?? "");
    if (typeof read === "object" && read !== null && !Array.isArray(read)) return;
  } catch {
    // It says so below.
  }
  throw badRequest("Documentation properties must be a JSON object");
}

interface ImportedPart {
  readonly location: sdk.DocumentationPartLocation;
  readonly properties: object;
}

/** The parts in an API's description. */
function readDocument(body: Uint8Array | undefined): readonly ImportedPart[] {
  try {
    const document = JSON.parse(Buffer.from(body ?? []).toString()) as Record<string, unknown>;
    const holder = document["x-amazon-apigateway-documentation"] as
      | { documentationParts?: ImportedPart[] }
      | undefined;
    if (holder?.documentationParts) return holder.documentationParts;
  } catch {
    // It says so below.
  }
  throw badRequest(
    "Unable to read the documentation parts of the document: x-amazon-apigateway-documentation is missing",
  );
}
