import type { ResourceTypes } from "../define.ts";

export const resources: ResourceTypes = {};
