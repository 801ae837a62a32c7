import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    s3: typeof import("@aws-sdk/client-s3");
  }
}

/** Amazon S3. https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html */
export const s3 = defineService({
  id: "s3",
  load: () => import("@aws-sdk/client-s3"),
  wire: {
    protocols: ["restXml"],
    version: "2006-03-01",
    xmlNamespace: "http://s3.amazonaws.com/doc/2006-03-01/",
    signingName: "s3",
  },
  keys: "s3",
  resources: () => import("./stack-resources.ts"),
  open: () => import("./service.ts"),
});
