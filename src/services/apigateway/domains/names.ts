import type { Key } from "../../../store/store.ts";

/** Custom domain names of all accounts: the last part of a key is the name, or `*.example.com`. */
export const DOMAIN_NAMES: Key = ["apigwDomain"];
