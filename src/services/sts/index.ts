import { defineService } from "../define.ts";
import { assume } from "./assume.ts";
import { constraints } from "./constraints.ts";
import { identity } from "./identity.ts";
import { tokens } from "./tokens.ts";

declare module "../define.ts" {
  interface Sdks {
    sts: typeof import("@aws-sdk/client-sts");
  }
}

/** AWS Security Token Service: who is calling, and temporary credentials. The service to copy. */
export const sts = defineService({
  id: "sts",
  load: () => import("@aws-sdk/client-sts"),
  wire: {
    protocols: ["awsQuery"],
    version: "2011-06-15",
    xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    signingName: "sts",
    validationCode: "ValidationError",
  },
  handlers: { ...identity, ...assume, ...tokens },
  constraints,
});
