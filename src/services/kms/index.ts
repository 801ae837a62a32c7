import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    kms: typeof import("@aws-sdk/client-kms");
  }
}

/** AWS Key Management Service. https://docs.aws.amazon.com/kms/latest/APIReference/ */
export const kms = defineService({
  id: "kms",
  load: () => import("@aws-sdk/client-kms"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "TrentService",
    version: "2014-11-01",
    xmlNamespace: "https://trent.amazonaws.com/doc/2014-11-01/",
    signingName: "kms",
  },
  keys: "kms",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
