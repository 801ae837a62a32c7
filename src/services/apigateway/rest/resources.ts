import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import { change, look, requireMember } from "./change.ts";
import { badRequest, conflict, limitExceeded } from "./faults.ts";
import { positioned } from "./pages.ts";
import { type PatchRule, patched } from "./patch.ts";
import type { RestApiRecord } from "./records.ts";

const MOST_RESOURCES = 300;
/** https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html */
const PATH_PART = /^(?:[A-Za-z0-9._~:@!$&'()*+,;=%-]+|\{[A-Za-z0-9._-]+\+?\})$/;

export const resources = {
  async CreateResource(input, context) {
    return change(context, input.restApiId, (record) => {
      const parent = requireMember(record.resources, input.parentId, "Resource");
      if (Object.keys(record.resources).length >= MOST_RESOURCES) {
        throw limitExceeded("Maximum number of Resources for this API has been reached.");
      }
      const pathPart = input.pathPart ?? "";
      checkPart(record, parent, pathPart);
      const id = newResourceId(context.ids);
      const resource = { id, parentId: parent.id, pathPart, path: pathBelow(parent, pathPart) };
      return [{ ...record, resources: { ...record.resources, [id]: resource } }, resource] as const;
    });
  },

  async GetResource(input, context) {
    return look(context, input.restApiId, ({ resources }) =>
      shown(requireMember(resources, input.resourceId, "Resource"), input.embed),
    );
  },

  async GetResources(input, context) {
    const all = await look(context, input.restApiId, ({ resources }) => inOrder(resources));
    const page = await positioned(all, input, ({ id = "" }) => id);
    return { ...page, items: page.items.map((resource) => shown(resource, input.embed)) };
  },

  async UpdateResource(input, context) {
    return change(context, input.restApiId, (record) => {
      const old = requireMember(record.resources, input.resourceId, "Resource");
      if (old.parentId === undefined) throw badRequest("Root resource cannot be updated.");
      const moved = patched(old, input.patchOperations, RULES);
      const parent = requireMember(record.resources, moved.parentId, "Resource");
      if (inside(record, parent.id, old.id)) throw badRequest("A resource cannot be moved below itself.");
      const rest = withoutTree(record, old.id ?? "", true);
      checkPart({ ...record, resources: rest }, parent, moved.pathPart ?? "");
      const changed = withPaths({ ...record.resources, [old.id ?? ""]: moved }, moved, parent);
      const resource = requireMember(changed, old.id, "Resource");
      return [{ ...record, resources: changed }, shown(resource, undefined)] as const;
    });
  },

  async DeleteResource(input, context) {
    return change(context, input.restApiId, (record) => {
      const { id = "", parentId } = requireMember(record.resources, input.resourceId, "Resource");
      if (parentId === undefined) throw badRequest("Root resource cannot be deleted.");
      return [{ ...record, resources: withoutTree(record, id, false) }, {}] as const;
    });
  },
} satisfies Handlers<typeof sdk>;

const RULES: readonly PatchRule<sdk.Resource>[] = [
  {
    path: "/pathPart",
    ops: ["replace"],
    apply(resource, { value }) {
      resource.pathPart = value;
    },
  },
  {
    path: "/parentId",
    ops: ["replace"],
    apply(resource, { value }) {
      resource.parentId = value;
    },
  },
];

/** In the order of their paths. */
export function inOrder(resources: Readonly<Record<string, sdk.Resource>>): sdk.Resource[] {
  return Object.values(resources).sort((one, other) => ((one.path ?? "") < (other.path ?? "") ? -1 : 1));
}

/** Methods are told whole only where they are asked for. */
function shown(resource: sdk.Resource, embed: readonly string[] | undefined): sdk.Resource {
  const { resourceMethods } = resource;
  if (!resourceMethods || embed?.includes("methods")) return resource;
  const names = Object.keys(resourceMethods).map((method) => [method, {}]);
  return { ...resource, resourceMethods: Object.fromEntries(names) };
}

export function pathBelow(parent: sdk.Resource, part: string): string {
  return parent.path === "/" ? `/${part}` : `${parent.path}/${part}`;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html */
function checkPart(
  { resources }: Pick<RestApiRecord, "resources">,
  parent: sdk.Resource,
  part: string,
): void {
  if (!PATH_PART.test(part)) {
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at " +
        "the beginning and the end.",
    );
  }
  if (parent.pathPart?.endsWith("+}")) {
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${parent.path}`);
  }
  const siblings = Object.values(resources).filter(({ parentId }) => parentId === parent.id);
  if (siblings.some(({ pathPart }) => pathPart === part)) {
    throw conflict(`Another resource with the same parent already has this name: ${part}`);
  }
  const variable = siblings.find(
    ({ pathPart = "" }) => kindOf(pathPart) !== "fixed" && kindOf(pathPart) === kindOf(part),
  );
  if (variable) {
    throw badRequest(
      `A sibling (${variable.pathPart}) of this resource already has a variable path part -- only one is ` +
        "allowed",
    );
  }
}

function kindOf(part: string): "fixed" | "variable" | "greedy" {
  if (!part.startsWith("{")) return "fixed";
  return part.endsWith("+}") ? "greedy" : "variable";
}

/** Whether a resource is another or lies below it. */
function inside({ resources }: RestApiRecord, id: string | undefined, outer: string | undefined): boolean {
  for (let at = id; at !== undefined; at = resources[at]?.parentId) if (at === outer) return true;
  return false;
}

/** Without a resource and all below it; `onlyItself`: without the one alone. */
function withoutTree(record: RestApiRecord, id: string, onlyItself: boolean): Record<string, sdk.Resource> {
  const kept = Object.values(record.resources).filter((each) =>
    onlyItself ? each.id !== id : !inside(record, each.id, id),
  );
  return Object.fromEntries(kept.map((resource) => [resource.id ?? "", resource]));
}

/** A moved resource and all below it have other paths. */
function withPaths(
  resources: Readonly<Record<string, sdk.Resource>>,
  moved: sdk.Resource,
  parent: sdk.Resource,
): Record<string, sdk.Resource> {
  const changed = { ...resources };
  const rename = (resource: sdk.Resource, above: sdk.Resource) => {
    const renamed = { ...resource, path: pathBelow(above, resource.pathPart ?? "") };
    changed[resource.id ?? ""] = renamed;
    for (const child of Object.values(resources)) if (child.parentId === resource.id) rename(child, renamed);
  };
  rename(moved, parent);
  return changed;
}
