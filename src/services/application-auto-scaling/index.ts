import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    "application-auto-scaling": typeof import("@aws-sdk/client-application-auto-scaling");
  }
}

/** Application Auto Scaling, for the tables and indexes of DynamoDB. */
export const applicationAutoScaling = defineService({
  id: "application-auto-scaling",
  load: () => import("@aws-sdk/client-application-auto-scaling"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "AnyScaleFrontendService",
    version: "2016-02-06",
    signingName: "application-autoscaling",
  },
  keys: "scaling",
  open: () => import("./service.ts"),
});
