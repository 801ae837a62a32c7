export interface PolicyRecord {
  readonly text: string;
  readonly revision: string;
  readonly updatedMs: number;
}

export interface TagRecord {
  readonly key: string;
  readonly value: string;
}

export interface InsightsRecord {
  readonly index: string;
  readonly mode: "ACCESSED_AND_THROTTLED_KEYS" | "THROTTLED_KEYS";
  readonly updatedMs: number;
}
