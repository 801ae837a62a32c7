import type { HttpRequest } from "../../kernel/http.ts";
import type { Background, Site } from "../define.ts";
import type { ApiKind } from "./api-index.ts";
import { answer } from "./execution/answers.ts";
import type { Execution } from "./execution/execution.ts";
import { ANSWERS } from "./faults.ts";
import { findPlace } from "./places.ts";

const KINDS: Readonly<Record<ApiKind, () => Promise<{ readonly execution: Execution }>>> = {
  REST: () => import("./rest/execution/serve.ts"),
  HTTP: () => import("./http/serve.ts"),
  WEBSOCKET: () => import("./websocket/serve.ts"),
};

const loaded = new Map<ApiKind, Execution>();

/** Each kind is loaded at the first request for one of it. */
async function load(kind: ApiKind): Promise<Execution> {
  const known = loaded.get(kind);
  if (known) return known;
  const { execution } = await KINDS[kind]();
  loaded.set(kind, execution);
  return execution;
}

/** Where all requests to APIs arrive, whatever their kind. */
export const site: Site = {
  async serve(request, world) {
    const found = await find(request, world);
    return found ? found.execution.serve(request, found.place, world) : answer(ANSWERS.forbidden);
  },
  async connect(offer, world) {
    const found = await find(offer.request, world);
    if (found?.execution.connect) return found.execution.connect(offer, found.place, world);
    offer.refuse(answer(ANSWERS.forbidden));
  },
};

async function find(request: HttpRequest, { store }: Background) {
  const place = await store.transact((tx) => findPlace(tx, request));
  return place && { place, execution: await load(place.entry.kind) };
}
