import type { HttpRequest, HttpResponse, WebSocketOffer } from "../../../kernel/http.ts";
import type { Background } from "../../define.ts";
import type { Place } from "../places.ts";

/** What answers for one kind of API. Throws for bugs only. */
export interface Execution {
  serve(request: HttpRequest, place: Place, world: Background): Promise<HttpResponse>;
  connect?(offer: WebSocketOffer, place: Place, world: Background): Promise<void>;
}
