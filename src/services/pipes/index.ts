import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    pipes: typeof import("@aws-sdk/client-pipes");
  }
}

/** What the service is for, in one sentence. */
export const pipes = defineService({
  id: "pipes",
  load: () => import("@aws-sdk/client-pipes"),
  wire: {
    protocols: ["restJson1"],
    version: "2015-10-07",
    xmlNamespace: "http://events.amazonaws.com/doc/2015-10-07",
    signingName: "pipes",
  },
  handlers: {},
});
