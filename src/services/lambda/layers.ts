import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers, Output } from "../define.ts";
import { discardCode, keepOrDiscard, obtainZip } from "./code.ts";
import { lambdaTime } from "./describe.ts";
import { layerLocation } from "./download.ts";
import { fault } from "./faults.ts";
import { layerArn, layerVersionArn, nameLayer, nameOwnLayer, parseLayerVersion } from "./layer-names.ts";
import {
  addLayerVersion,
  deleteLayerVersion,
  type LayerId,
  type LayerVersionRecord,
  layersOf,
  layerVersionsOf,
  readLayer,
  readLayerVersion,
} from "./layer-records.ts";
import { checkPermission } from "./layer-use.ts";
import { PAGE_ITEMS } from "./limits.ts";
import { readMarker, takePage } from "./paging.ts";
import { checkStorage } from "./records.ts";

/** Layers: files that several functions share, in numbered versions that never change. */
export const layers = {
  async PublishLayerVersion(input, context) {
    const id = nameOwnLayer(input.LayerName, context.scope);
    const zip = await obtainZip(context, input.Content ?? {});
    const blob = await context.blobs.write(zip.bytes);
    const createdMs = context.clock.now();
    const record = await keepOrDiscard(context, blob.id, () =>
      context.store.transact(async (tx) => {
        await checkStorage(tx, id, blob.sizeBytes);
        const made: LayerVersionRecord = {
          v: 1,
          name: id.name,
          version: (await readLayer(tx, id))?.nextVersion ?? 1,
          createdMs,
          description: input.Description ?? "",
          ...(input.LicenseInfo === undefined ? {} : { license: input.LicenseInfo }),
          ...(input.CompatibleRuntimes?.length ? { runtimes: input.CompatibleRuntimes } : {}),
          ...(input.CompatibleArchitectures?.length ? { architectures: input.CompatibleArchitectures } : {}),
          codeBlob: blob.id,
          codeSha256: zip.sha256,
          codeSizeBytes: blob.sizeBytes,
          unzippedBytes: zip.unzippedBytes,
        };
        addLayerVersion(tx, id, made);
        return made;
      }),
    );
    return describeWhole(context, id, record);
  },

  async GetLayerVersion(input, context) {
    const id = nameLayer(input.LayerName, context.scope);
    return describeWhole(context, id, await find(context, id, input.VersionNumber ?? 0));
  },

  async GetLayerVersionByArn(input, context) {
    const { id, version } = parseLayerVersion(input.Arn ?? "", "arn");
    return describeWhole(context, id, await find(context, id, version));
  },

  async DeleteLayerVersion(input, context) {
    const id = nameOwnLayer(input.LayerName, context.scope);
    const gone = await context.store.transact(async (tx) => {
      const record = await readLayerVersion(tx, id, input.VersionNumber ?? 0);
      if (record) deleteLayerVersion(tx, id, record);
      return record;
    });
    if (gone) discardCode(context, gone.codeBlob);
    return {};
  },

  async ListLayerVersions(input, context) {
    const id = nameLayer(input.LayerName, context.scope);
    const [before] = readMarker(input.Marker) ?? [];
    const { items, next } = await context.store.transact((tx) =>
      takePage(
        fitting(layerVersionsOf(tx, id, before === undefined ? undefined : Number(before)), input),
        Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS),
        ({ version }) => [String(version)],
      ),
    );
    return {
      LayerVersions: items.map((record) => describeItem(id, record)),
      ...(next ? { NextMarker: next } : {}),
    };
  },

  async ListLayers(input, context) {
    const { scope } = context;
    const [after] = readMarker(input.Marker) ?? [];
    const { items, next } = await context.store.transact((tx) =>
      takePage(
        latestOf(tx, context, input, after),
        Math.min(input.MaxItems ?? PAGE_ITEMS, PAGE_ITEMS),
        ({ name }) => [name],
      ),
    );
    return {
      Layers: items.map((latest) => {
        const id = { ...scope, name: latest.name };
        return {
          LayerName: latest.name,
          LayerArn: layerArn(id),
          LatestMatchingVersion: describeItem(id, latest),
        };
      }),
      ...(next ? { NextMarker: next } : {}),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

async function find(context: Context, id: LayerId, version: number): Promise<LayerVersionRecord> {
  const record = await context.store.transact(async (tx) => {
    if (id.account !== context.scope.account) await checkPermission(tx, id, version, context.principal);
    return readLayerVersion(tx, id, version);
  });
  if (!record) throw fault("ResourceNotFoundException", "The resource you requested does not exist.");
  return record;
}

interface Wanted {
  readonly CompatibleRuntime?: string | undefined;
  readonly CompatibleArchitecture?: string | undefined;
}

/** Those that say they are made for what is asked for. */
async function* fitting(versions: AsyncIterable<LayerVersionRecord>, wanted: Wanted) {
  const { CompatibleRuntime: runtime, CompatibleArchitecture: architecture } = wanted;
  for await (const version of versions) {
    const isFitting =
      (!runtime || version.runtimes?.includes(runtime)) &&
      (!architecture || version.architectures?.includes(architecture));
    if (isFitting) yield version;
  }
}

/** Of each layer its latest version that fits; a layer without one is not listed. */
async function* latestOf(tx: Transaction, { scope }: Context, wanted: Wanted, after: string | undefined) {
  for await (const name of layersOf(tx, scope, after)) {
    for await (const version of fitting(layerVersionsOf(tx, { ...scope, name }), wanted)) {
      yield version;
      break;
    }
  }
}

type Whole = Output<typeof import("@aws-sdk/client-lambda").GetLayerVersionCommand>;

function describeWhole(context: Context, id: LayerId, record: LayerVersionRecord): Whole {
  return {
    Content: {
      Location: layerLocation(context.endpoint, id, record),
      CodeSha256: record.codeSha256,
      CodeSize: record.codeSizeBytes,
    },
    LayerArn: layerArn(id),
    ...describeItem(id, record),
  };
}

function describeItem(id: LayerId, record: LayerVersionRecord) {
  return {
    LayerVersionArn: layerVersionArn(id, record.version),
    Version: record.version,
    Description: record.description,
    CreatedDate: lambdaTime(record.createdMs),
    ...(record.runtimes ? { CompatibleRuntimes: [...record.runtimes] as Whole["CompatibleRuntimes"] } : {}),
    ...(record.license === undefined ? {} : { LicenseInfo: record.license }),
    ...(record.architectures
      ? { CompatibleArchitectures: [...record.architectures] as Whole["CompatibleArchitectures"] }
      : {}),
  };
}
