import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    sts: typeof import("@aws-sdk/client-sts");
  }
}

/** AWS Security Token Service: who is calling, and temporary credentials. The service to copy. */
export const sts = defineService({
  id: "sts",
  load: () => import("@aws-sdk/client-sts"),
  wire: {
    protocols: ["awsQuery"],
    version: "2011-06-15",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    signingName: "sts",
    validationCode: "ValidationError",
  },
  open: () => import("./service.ts"),
});
