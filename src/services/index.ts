import type { ServiceDefinition } from "./define.ts";
import { sts } from "./sts/index.ts";

/** Every service of the platform. To add one: its folder, and its line here. */
export const SERVICES: readonly ServiceDefinition[] = [sts];
