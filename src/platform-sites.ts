import type { GatewaySite, GatewaySites } from "./gateway/options.ts";
import { platformFault } from "./kernel/faults.ts";
import type { AnyService, Site, SiteAddress } from "./services/define.ts";
import type { Dispatch } from "./services/dispatch.ts";
import type { Key, Store } from "./store/store.ts";

interface Known {
  readonly address: SiteAddress;
  readonly site: GatewaySite;
}

/** The addresses that are users' own, of all services: what answers there is loaded at its first request. */
export function createSites(
  definitions: readonly AnyService[],
  dispatch: Dispatch,
  store: Store,
): GatewaySites {
  const all: Known[] = [];
  for (const definition of definitions) {
    const { site: address } = definition;
    if (address) all.push({ address, site: siteOf(definition, address, dispatch) });
  }
  const byId = new Map(all.map(({ address, site }) => [address.id, site]));
  return {
    labels: new Map(all.map(({ address: { id } }) => [id, id])),
    byId: (id) => byId.get(id),
    byPath: (path) => all.find(({ address }) => address.path?.test(path))?.site,
    async byName(name) {
      for (const { address, site } of all) {
        if (address.names && (await isKept(store, address.names, name))) return site;
      }
      return undefined;
    },
  };
}

function siteOf(definition: AnyService, { id, connects }: SiteAddress, dispatch: Dispatch): GatewaySite {
  const world = dispatch.background(definition.id);
  const open = async (): Promise<Site> => {
    const { site } = await dispatch.open(definition);
    if (!site) throw platformFault("NotImplemented", `Nobody answers for ${id}.`);
    return site;
  };
  return {
    id,
    serve: async (request) => (await open()).serve(request, world),
    ...(connects && { connect: async (offer) => (await open()).connect?.(offer, world) }),
  };
}

/** A name itself, or `*.example.com` for one below `example.com`. */
function isKept(store: Store, names: Key, name: string): Promise<boolean> {
  const dot = name.indexOf(".");
  return store.transact(async (tx) => {
    if ((await tx.get([...names, name])) !== undefined) return true;
    return dot > 0 && (await tx.get([...names, `*${name.slice(dot)}`])) !== undefined;
  });
}
