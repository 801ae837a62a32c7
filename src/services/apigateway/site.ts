import type { HttpRequest } from "../../kernel/http.ts";
import type { Background, Site } from "../define.ts";
import type { ApiKind } from "./api-index.ts";
import { answer } from "./execution/answers.ts";
import type { Execution } from "./execution/execution.ts";
import { ANSWERS } from "./faults.ts";
import { findPlace } from "./places.ts";

/** Each kind is loaded at the first request for one of it. */
const KINDS: Partial<Readonly<Record<ApiKind, () => Promise<{ readonly execution: Execution }>>>> = {
  REST: () => import("./rest/execution/serve.ts"),
  HTTP: () => import("./http/serve.ts"),
  WEBSOCKET: () => import("./websocket/serve.ts"),
};

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
  const load = place && KINDS[place.entry.kind];
  return load && { place, execution: (await load()).execution };
}
