import { defineService } from "../define.ts";

declare module "../define.ts" {
  interface Sdks {
    kinesis: typeof import("@aws-sdk/client-kinesis");
  }
}

/** What the service is for, in one sentence. */
export const kinesis = defineService({
  id: "kinesis",
  load: () => import("@aws-sdk/client-kinesis"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "Kinesis_20131202",
    version: "2013-12-02",
    xmlNamespace: "http://kinesis.amazonaws.com/doc/2013-12-02",
    signingName: "kinesis",
  },
  handlers: {},
});
