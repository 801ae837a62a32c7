/** What a request's host and path say about the API it is for. */
export type Address =
  | { readonly kind: "api"; readonly apiId: string; readonly path: string }
  | { readonly kind: "domain"; readonly name: string; readonly path: string };

const USER_REQUEST = /^\/restapis\/([^/]+)\/([^/]+)\/_user_request_(\/.*)?$/s;
const EXECUTE_API = /^\/_aws\/execute-api\/([^/]+)(\/.*)?$/s;

/**
 * Three ways lead to an API: its own host, `{api}.execute-api.{region}.localhost`; a path on the platform's
 * host, `/restapis/{api}/{stage}/_user_request_/…` and `/_aws/execute-api/{api}/{stage}/…`, as existing tools
 * write them; and a custom domain name. The path that is left begins with the stage, where one is named.
 */
export function readAddress(request: {
  readonly label: string;
  readonly host: string;
  readonly path: string;
}): Address {
  const { label, host, path } = request;
  const user = path.startsWith("/restapis/") ? USER_REQUEST.exec(path) : null;
  if (user) return { kind: "api", apiId: user[1] ?? "", path: `/${user[2]}${user[3] ?? ""}` };
  const execute = path.startsWith("/_aws/") ? EXECUTE_API.exec(path) : null;
  if (execute) return { kind: "api", apiId: execute[1] ?? "", path: execute[2] ?? "/" };
  // `{api}-{vpce}` is how a private API is called through an endpoint of a VPC.
  if (label !== "") return { kind: "api", apiId: label.replace(/-vpce-[0-9a-f]+$/, ""), path };
  return { kind: "domain", name: hostName(host), path };
}

/** Without the port, in lower case. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}

/** `prod` and `/orders` of `/prod/orders`: still percent-encoded. */
export function splitStage(path: string): { readonly stage: string; readonly rest: string } {
  const slash = path.indexOf("/", 1);
  if (slash < 0) return { stage: path.slice(1), rest: "/" };
  return { stage: path.slice(1, slash), rest: path.slice(slash) };
}

/**
 * `a1b2c3.execute-api.us-east-1.localhost:4566`: an API's own host. `base` is how the platform was reached:
 * nothing can stand in front of a bare address.
 */
export function apiHost(
  { apiId, region }: { readonly apiId: string; readonly region: string },
  base: string,
): string {
  const named = base.replace(/^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[^\]]*\])(?=:|$)/, "localhost");
  return `${apiId}.execute-api.${region}.${named}`;
}
