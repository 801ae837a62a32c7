import type * as sdk from "@aws-sdk/client-iam";
import type { Context, Handlers, Service } from "../define.ts";
import { accessKeys } from "./access-keys.ts";
import { account } from "./account.ts";
import { attachments } from "./attachments.ts";
import { authorizationDetails } from "./authorization-details.ts";
import { boundaries } from "./boundaries.ts";
import { constraints } from "./constraints.ts";
import { credentialReport } from "./credential-report.ts";
import { groups } from "./groups.ts";
import { inlinePolicies } from "./inline-policies.ts";
import { instanceProfiles } from "./instance-profiles.ts";
import { lastAccessed } from "./last-accessed.ts";
import { loginProfiles } from "./login-profiles.ts";
import { mfaDevices } from "./mfa-devices.ts";
import { checkNames } from "./names.ts";
import { oidcProviders } from "./oidc-providers.ts";
import { passwordPolicy } from "./password-policy.ts";
import { policies } from "./policies.ts";
import { policyVersions } from "./policy-versions.ts";
import { roles } from "./roles.ts";
import { samlProviders } from "./saml-providers.ts";
import { serverCertificates } from "./server-certificates.ts";
import { serviceCredentials } from "./service-credentials.ts";
import { serviceLinkedRoles } from "./service-linked-roles.ts";
import { simulations } from "./simulate.ts";
import { tagging } from "./tagging.ts";
import { userCredentials } from "./user-credentials.ts";
import { users } from "./users.ts";

/** Names are checked in the same words whatever is done with them. */
function withNamesChecked(handlers: Handlers<typeof sdk>): Handlers<typeof sdk> {
  const checked = Object.entries(handlers).map(([name, handler]) => [
    name,
    async (input: never, context: Context) => {
      checkNames(input);
      return handler(input, context);
    },
  ]);
  return Object.fromEntries(checked) as Handlers<typeof sdk>;
}

export const service: Service<"iam"> = {
  handlers: withNamesChecked({
    ...users,
    ...groups,
    ...accessKeys,
    ...loginProfiles,
    ...mfaDevices,
    ...userCredentials,
    ...serviceCredentials,
    ...roles,
    ...serviceLinkedRoles,
    ...inlinePolicies,
    ...policies,
    ...policyVersions,
    ...attachments,
    ...boundaries,
    ...instanceProfiles,
    ...oidcProviders,
    ...samlProviders,
    ...serverCertificates,
    ...tagging,
    ...account,
    ...passwordPolicy,
    ...authorizationDetails,
    ...credentialReport,
    ...lastAccessed,
    ...simulations,
  }),
  constraints,
};
