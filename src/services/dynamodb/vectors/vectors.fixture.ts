import type { AttributeValue, VectorIndex } from "@aws-sdk/client-dynamodb";

export const vector = (...numbers: readonly (number | string)[]): AttributeValue[] =>
  numbers.map((number) => ({ N: String(number) }));
export const index = (more: Partial<VectorIndex> = {}): VectorIndex => ({
  IndexName: "near",
  VectorAttribute: { AttributeName: "embedding" },
  Projection: { ProjectionType: "ALL" },
  Dimensions: 2,
  DistanceFunction: "COSINE",
  ...more,
});
export const byShop: Partial<VectorIndex> = {
  SearchSchema: [
    { AttributeName: "shop", SearchSchemaElementType: "HASH" },
    { AttributeName: "brand", SearchSchemaElementType: "INLINE_FILTER" },
  ],
};
