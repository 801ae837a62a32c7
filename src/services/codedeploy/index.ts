import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    codedeploy: typeof import("@aws-sdk/client-codedeploy");
  }
}

/**
 * AWS CodeDeploy: gradual deployments of functions.
 * https://docs.aws.amazon.com/codedeploy/latest/APIReference/
 */
export const codedeploy = defineService({
  id: "codedeploy",
  load: () => import("@aws-sdk/client-codedeploy"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "CodeDeploy_20141006",
    version: "2014-10-06",
    xmlNamespace: "http://codedeploy.amazonaws.com/doc/2014-10-06/",
    signingName: "codedeploy",
  },
  keys: "codedeploy",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
