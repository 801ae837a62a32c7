import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    secretsmanager: typeof import("@aws-sdk/client-secrets-manager");
  }
}

/** AWS Secrets Manager. https://docs.aws.amazon.com/secretsmanager/latest/apireference/ */
export const secretsmanager = defineService({
  id: "secretsmanager",
  load: () => import("@aws-sdk/client-secrets-manager"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "secretsmanager",
    version: "2017-10-17",
    signingName: "secretsmanager",
  },
  keys: "secretsmanager",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
