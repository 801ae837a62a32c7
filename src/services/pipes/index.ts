import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    pipes: typeof import("@aws-sdk/client-pipes");
  }
}

/** Amazon EventBridge Pipes: from a queue or stream, by way of a filter and an enrichment, to a target. */
export const pipes = defineService({
  id: "pipes",
  load: () => import("@aws-sdk/client-pipes"),
  wire: {
    protocols: ["restJson1"],
    version: "2015-10-07",
    xmlNamespace: "http://events.amazonaws.com/doc/2015-10-07",
    signingName: "pipes",
  },
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
