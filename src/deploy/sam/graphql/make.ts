import type { Resource } from "../resource.ts";

/** Makes a resource of the API's with the API's own attributes. */
export type Make = (type: string, suffix: string) => Resource;
