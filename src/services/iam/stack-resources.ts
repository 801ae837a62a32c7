import type { ResourceTypes } from "../define.ts";
import { credentials } from "./stack-credentials.ts";
import { identities } from "./stack-identities.ts";
import { policyTypes } from "./stack-policies.ts";
import { providers } from "./stack-providers.ts";

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_IAM.html */
export const resources: ResourceTypes = { ...identities, ...policyTypes, ...credentials, ...providers };
