import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    iam: typeof import("@aws-sdk/client-iam");
  }
}

/** AWS Identity and Access Management: users, roles and policies, the same in all Regions. */
export const iam = defineService({
  id: "iam",
  load: () => import("@aws-sdk/client-iam"),
  wire: {
    protocols: ["awsQuery"],
    version: "2010-05-08",
    xmlNamespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    signingName: "iam",
    validationCode: "ValidationError",
  },
  keys: "iam",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
