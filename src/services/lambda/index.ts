import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    lambda: typeof import("@aws-sdk/client-lambda");
  }
}

/** AWS Lambda: functions, their versions and aliases, and who may invoke them. */
export const lambda = defineService({
  id: "lambda",
  load: () => import("@aws-sdk/client-lambda"),
  wire: { protocols: ["restJson1"], version: "2015-03-31", signingName: "lambda" },
  keys: "lambda",
  site: { id: "lambda-url", path: /^\/_aws\/lambda-url\// },
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
