import type { Config } from "./config.ts";
import { once } from "./kernel/once.ts";
import type { AnyService, ResourceTypes, ResourceTypeTable } from "./services/define.ts";

/** What stacks may have, of all services: loaded when a first stack asks. */
export function createResourceTypes(
  definitions: readonly AnyService[],
  { allowUnsupported }: Pick<Config, "allowUnsupported">,
): ResourceTypeTable {
  const table = once(async (): Promise<ResourceTypes> => {
    const tables = await Promise.all(
      definitions.map(async ({ resources }) => (await resources?.())?.resources ?? {}),
    );
    return Object.assign({}, ...tables) as ResourceTypes;
  });
  return {
    leavesOut: allowUnsupported,
    async find(type) {
      const all = await table();
      // Whoever makes his own kind of resource names it himself.
      const name = type.startsWith("Custom::") ? "AWS::CloudFormation::CustomResource" : type;
      return Object.hasOwn(all, name) ? all[name] : undefined;
    },
    names: async () => Object.keys(await table()).sort(),
  };
}
