import manifest from "../package.json" with { type: "json" };

/** The package's version, as published. */
export const VERSION: string = manifest.version;
