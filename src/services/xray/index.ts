import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    xray: typeof import("@aws-sdk/client-xray");
  }
}

/** AWS X-Ray: traces. https://docs.aws.amazon.com/xray/latest/api/ */
export const xray = defineService({
  id: "xray",
  load: () => import("@aws-sdk/client-xray"),
  wire: {
    protocols: ["restJson1"],
    version: "2016-04-12",
    signingName: "xray",
    validationCode: "InvalidRequestException",
  },
  keys: "xray",
  open: () => import("./service.ts"),
});
