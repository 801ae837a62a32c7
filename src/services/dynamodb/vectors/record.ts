import type {
  CreateVectorIndexAction,
  SearchSchemaElement,
  VectorIndex as VectorIndexInput,
} from "@aws-sdk/client-dynamodb";

export type Distance = "COSINE" | "DOT_PRODUCT" | "EUCLIDEAN";

/** A vector index's definition and state. */
export interface VectorIndexRecord {
  readonly number: number;
  readonly name: string;
  /** The attribute that holds vectors. */
  readonly attribute: string;
  readonly dimensions: number;
  readonly distance: Distance;
  readonly schema: readonly SchemaElementRecord[];
  readonly projection: "ALL" | "KEYS_ONLY" | "INCLUDE";
  readonly included: readonly string[];
  /** As a global index's. */
  readonly state: "active" | "backfilling" | "deleting";
}

export interface SchemaElementRecord {
  readonly name: string;
  readonly role: "HASH" | "INLINE_FILTER";
}

export function vectorRecord(
  index: VectorIndexInput | CreateVectorIndexAction,
  number: number,
  state: VectorIndexRecord["state"],
): VectorIndexRecord {
  return {
    number,
    name: index.IndexName ?? "",
    attribute: index.VectorAttribute?.AttributeName ?? "",
    dimensions: index.Dimensions ?? 0,
    distance: index.DistanceFunction ?? "COSINE",
    schema: (index.SearchSchema ?? []).map(({ AttributeName = "", SearchSchemaElementType = "HASH" }) => ({
      name: AttributeName,
      role: SearchSchemaElementType,
    })),
    projection: index.Projection?.ProjectionType ?? "ALL",
    included: index.Projection?.NonKeyAttributes ?? [],
    state,
  };
}

/** A vector index as requests define it and descriptions show it. */
export function definitionOf(index: VectorIndexRecord) {
  const { name, attribute, dimensions, distance, schema, projection, included } = index;
  return {
    IndexName: name,
    VectorAttribute: { AttributeName: attribute },
    ...(schema.length > 0
      ? {
          SearchSchema: schema.map(
            (element): SearchSchemaElement => ({
              AttributeName: element.name,
              SearchSchemaElementType: element.role,
            }),
          ),
        }
      : {}),
    Projection: {
      ProjectionType: projection,
      ...(projection === "INCLUDE" ? { NonKeyAttributes: [...included] } : {}),
    },
    Dimensions: dimensions,
    DistanceFunction: distance,
  };
}
