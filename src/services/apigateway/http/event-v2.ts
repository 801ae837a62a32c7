import { proxyEvent } from "../../proxy-event.ts";
import { type HttpCall, type Sent, sentOf } from "./call.ts";

const NOTHING = new Uint8Array(0);

/** The event that an integration or an authorizer is given in format 2.0. */
export function eventV2(call: HttpCall, sent: Sent = sentOf(call)): Record<string, unknown> {
  const { request, stage, match, authorized } = call;
  const { method, scheme, version, host, sourceIp, receivedMs, trace } = request;
  const { requestId } = call;
  const { query, headers } = sent;
  const facts = { method, scheme, version, host, query, sourceIp, receivedMs, trace, requestId, headers };
  return proxyEvent(facts, call.body ?? NOTHING, {
    routeKey: call.routeKey,
    stage: stage.stage.StageName,
    path: sent.path,
    apiId: stage.apiId,
    domainName: call.domainName,
    accountId: stage.account,
    pathParameters: present(match?.parameters),
    stageVariables: present(stage.variables),
    authorizer: authorized?.v2,
  }) as Record<string, unknown>;
}

/** What is empty is left out. */
function present(map: Readonly<Record<string, string>> | undefined) {
  return map && Object.keys(map).length > 0 ? map : undefined;
}
