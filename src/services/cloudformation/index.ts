import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    cloudformation: typeof import("@aws-sdk/client-cloudformation");
  }
}

/** AWS CloudFormation: stacks. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/ */
export const cloudformation = defineService({
  id: "cloudformation",
  load: () => import("@aws-sdk/client-cloudformation"),
  wire: {
    protocols: ["awsQuery"],
    version: "2010-05-15",
    xmlNamespace: "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    signingName: "cloudformation",
    validationCode: "ValidationError",
  },
  keys: "cfn",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
