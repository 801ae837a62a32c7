// A gateway over services of the tests' own: real wire, handlers that say what they were given.
import { createClock } from "../kernel/clock.ts";
import { createIds } from "../kernel/ids.ts";
import { Lifecycle } from "../kernel/lifecycle.ts";
import { createLog } from "../kernel/log.ts";
import type { Span, Usage } from "../kernel/telemetry.ts";
import type { Wire } from "../kernel/wire.ts";
import { compileModel } from "../protocol/model.ts";
import { openGateway } from "./gateway.ts";
import type { Gateway, GatewayOptions, GatewayService, Handler } from "./options.ts";

export interface TestGateway extends Gateway {
  readonly spans: Span[];
  readonly usage: Usage[];
  readonly lines: string[];
  readonly lifecycle: Lifecycle;
}

export const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

export const STS_WIRE: Wire = { protocols: ["awsQuery"], version: "2011-06-15", signingName: "sts" };
export const S3_WIRE: Wire = { protocols: ["restXml"], version: "2006-03-01", signingName: "s3" };
export const LAMBDA_WIRE: Wire = { protocols: ["restJson1"], version: "2015-03-31", signingName: "lambda" };

export function service(
  id: string,
  wire: Wire,
  load: () => Promise<object>,
  handlers: Readonly<Record<string, Handler>>,
): GatewayService {
  return {
    id,
    wire,
    open: async () => ({
      model: compileModel(id, wire, await load()),
      constraints: {},
      handler: (operation) => handlers[operation],
    }),
  };
}

export const sts = (handlers: Readonly<Record<string, Handler>>) =>
  service("sts", STS_WIRE, () => import("@aws-sdk/client-sts"), handlers);
export const s3 = (handlers: Readonly<Record<string, Handler>>) =>
  service("s3", S3_WIRE, () => import("@aws-sdk/client-s3"), handlers);
export const lambda = (handlers: Readonly<Record<string, Handler>>) =>
  service("lambda", LAMBDA_WIRE, () => import("@aws-sdk/client-lambda"), handlers);

export async function openTestGateway(
  services: readonly GatewayService[],
  overrides: Partial<GatewayOptions> = {},
): Promise<TestGateway> {
  const spans: Span[] = [];
  const usage: Usage[] = [];
  const lines: string[] = [];
  const lifecycle = new Lifecycle();
  const gateway = await openGateway({
    host: "127.0.0.1",
    port: 0,
    auth: "accept",
    defaults: { account: "000000000000", region: "us-east-1" },
    services: new Map(services.map((one) => [one.id, one])),
    identities: {
      identify(accessKeyId) {
        const account =
          accessKeyId !== undefined && /^\d{12}$/.test(accessKeyId) ? accessKeyId : "000000000000";
        return {
          accessKeyId: accessKeyId ?? "",
          account,
          arn: `arn:aws:iam::${account}:root`,
          userId: account,
        };
      },
      secretOf: (accessKeyId, token) =>
        accessKeyId === "AKIDEXAMPLE" && (token === undefined || token === "token") ? SECRET : undefined,
    },
    admin: async () => undefined,
    corsRules: async () => [],
    clock: createClock(),
    ids: createIds(),
    log: createLog("debug", (line) => lines.push(line)),
    lifecycle,
    recorder: { span: (one) => spans.push(one), usage: (one) => usage.push(one), log: () => undefined },
    debug: false,
    ...overrides,
  });
  return { ...gateway, spans, usage, lines, lifecycle };
}
