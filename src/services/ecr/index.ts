import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    ecr: typeof import("@aws-sdk/client-ecr");
  }
}

/**
 * Amazon Elastic Container Registry: its repositories.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
 */
export const ecr = defineService({
  id: "ecr",
  load: () => import("@aws-sdk/client-ecr"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "AmazonEC2ContainerRegistry_V20150921",
    version: "2015-09-21",
    xmlNamespace: "http://ecr.amazonaws.com/doc/2015-09-21/",
    signingName: "ecr",
  },
  keys: "ecr",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
