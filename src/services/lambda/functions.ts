import type { BlobInfo } from "../../blobs/blobs.ts";
import { platformFault } from "../../kernel/faults.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import { checkTags } from "./check-tags.ts";
import { type CodeSource, discardCode, keepOrDiscard, obtainZip, type Zip } from "./code.ts";
import { describeVersion } from "./describe.ts";
import { fault, revisionMismatch } from "./faults.ts";
import { checkUnzipped, findLayers } from "./layer-use.ts";
import { functionArn, nameFunction } from "./names.ts";
import { publish } from "./publish.ts";
import {
  addTotal,
  checkStorage,
  type FunctionId,
  type FunctionRecord,
  type LayerUse,
  readFunction,
  releaseCode,
  useCode,
  type VersionRecord,
  writeFunction,
  writePublished,
} from "./records.ts";
import { requireFunction } from "./require.ts";
import { functionVersion } from "./resolve.ts";
import { changedSettings, newSettings } from "./settings.ts";

/** Making functions and changing their code and configuration. */
export const functions = {
  async CreateFunction(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    checkNameLength(id.name, input.FunctionName);
    const architecture = oneArchitecture(input.Architectures) ?? "x86_64";
    const settings = newSettings(id.name, input);
    checkTags(input.Tags ?? {});
    const refuseExisting = async (tx: Transaction) => {
      if (await readFunction(tx, id)) {
        throw fault("ResourceConflictException", `Function already exist: ${id.name}`);
      }
    };
    const layers = await context.store.transact(async (tx) => {
      await refuseExisting(tx);
      return findLayers(tx, context, input.Layers ?? []);
    });
    const zip = await obtainZip(context, input.Code ?? {});
    checkUnzipped(zip.unzippedBytes, layers);
    const blob = await context.blobs.write(zip.bytes);
    const latest: VersionRecord = {
      v: 1,
      version: "$LATEST",
      ...stamps(context),
      ...settings,
      ...codeOf(zip, blob),
      ...layersOf(layers),
      architecture,
    };
    const fresh: FunctionRecord = {
      v: 1,
      name: id.name,
      latest,
      nextVersion: 1,
      tags: input.Tags ?? {},
      recursiveLoop: "Terminate",
    };
    const ids = { revisionId: context.ids.uuid() };
    const answered = await keepOrDiscard(context, blob.id, () =>
      context.store.transact(async (tx) => {
        await refuseExisting(tx);
        await checkStorage(tx, id, blob.sizeBytes);
        addTotal(tx, id, "functions", 1);
        useCode(tx, id, latest);
        if (!input.Publish) {
          writeFunction(tx, id, fresh);
          return latest;
        }
        const first: VersionRecord = { ...latest, ...ids, version: "1" };
        writePublished(tx, id, first);
        useCode(tx, id, first);
        writeFunction(tx, id, { ...fresh, nextVersion: 2 });
        return first;
      }),
    );
    context.functions.prepare(functionVersion(id, latest));
    return describeVersion(id, answered, "unqualified");
  },

  async UpdateFunctionCode(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const architecture = oneArchitecture(input.Architectures);
    if (input.ImageUri) {
      await context.store.transact((tx) => requireFunction(tx, id));
      throw fault(
        "InvalidParameterValueException",
        "Please don't provide ImageUri when updating a function with packageType Zip.",
      );
    }
    const before = await context.store.transact((tx) => requireFunction(tx, id));
    checkRevision(before, input.RevisionId);
    const zip = await obtainZip(context, input as CodeSource);
    checkUnzipped(zip.unzippedBytes, before.latest.layers ?? []);
    if (input.DryRun) {
      const seen = { ...before.latest, codeSha256: zip.sha256, codeSizeBytes: zip.bytes.length };
      return describeVersion(id, seen);
    }
    const blob = await context.blobs.write(zip.bytes);
    const stamp = stamps(context);
    const versionIds = { revisionId: context.ids.uuid() };
    const change = await keepOrDiscard(context, blob.id, () =>
      context.store.transact(async (tx) => {
        const record = await requireFunction(tx, id);
        checkRevision(record, input.RevisionId);
        await checkStorage(tx, id, blob.sizeBytes);
        const latest: VersionRecord = {
          ...record.latest,
          ...stamp,
          ...codeOf(zip, blob),
          ...(architecture ? { architecture } : {}),
        };
        releaseCode(tx, id, record.latest);
        useCode(tx, id, latest);
        const changed = { ...record, latest };
        writeFunction(tx, id, changed);
        const published = input.Publish ? await publish(tx, id, changed, versionIds) : latest;
        return { latest, answered: published, superseded: record.latest.codeBlob };
      }),
    );
    discardCode(context, change.superseded);
    replaceEnvironments(context, id, change.latest);
    return describeVersion(id, change.answered);
  },

  async UpdateFunctionConfiguration(input, context) {
    const id = nameFunction(input.FunctionName, undefined, context.scope);
    const stamp = stamps(context);
    const latest = await context.store.transact(async (tx) => {
      const record = await requireFunction(tx, id);
      checkRevision(record, input.RevisionId);
      const { layers: before = [], ...old } = record.latest;
      const layers = input.Layers ? await findLayers(tx, context, input.Layers) : before;
      checkUnzipped(old.unzippedBytes, layers);
      const { vpc: _v, kmsKeyArn: _k, deadLetterTarget: _d, environment: _e, ...fixed } = old;
      const changed: VersionRecord = {
        ...fixed,
        ...changedSettings(id.name, old, input),
        ...layersOf(layers),
        ...stamp,
      };
      releaseCode(tx, id, record.latest);
      useCode(tx, id, changed);
      writeFunction(tx, id, { ...record, latest: changed });
      return changed;
    });
    replaceEnvironments(context, id, latest);
    return describeVersion(id, latest);
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

/** New ids for a changed $LATEST. Drawn outside of the transaction, which may run again. */
function stamps(context: Context) {
  return {
    revisionId: context.ids.uuid(),
    build: context.ids.hex(16),
    lastModifiedMs: context.clock.now(),
  };
}

const codeOf = (zip: Zip, blob: BlobInfo) => ({
  codeBlob: blob.id,
  codeSha256: zip.sha256,
  codeSizeBytes: blob.sizeBytes,
  unzippedBytes: zip.unzippedBytes,
});

const layersOf = (layers: readonly LayerUse[]) => (layers.length > 0 ? { layers } : {});

function replaceEnvironments(context: Context, id: FunctionId, latest: VersionRecord): void {
  context.functions.retire(functionArn(id));
  context.functions.prepare(functionVersion(id, latest));
}

function checkRevision(record: FunctionRecord, wanted: string | undefined): void {
  if (wanted && wanted !== record.latest.revisionId) throw revisionMismatch();
}

/** AWS limits the name alone to 64 characters, with a fault that differs from its model's. */
function checkNameLength(name: string, given: string | undefined): void {
  if (name.length <= 64 || given !== name) return;
  throw fault(
    "InvalidParameterValueException",
    `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: ` +
      "Member must have length less than or equal to 64",
  );
}

function oneArchitecture(given: readonly string[] | undefined): "x86_64" | "arm64" | undefined {
  if (!given?.length) return undefined;
  const refuse = (constraint: string) =>
    platformFault(
      "ValidationException",
      `1 validation error detected: Value '[${given.join(", ")}]' at 'architectures' failed to satisfy ` +
        `constraint: ${constraint}`,
    );
  if (given.length > 1) throw refuse("Member must have length less than or equal to 1");
  const [only] = given;
  if (only === "x86_64" || only === "arm64") return only;
  throw refuse(
    "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], " +
      "Member must not be null]",
  );
}
