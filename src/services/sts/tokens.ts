import type * as sdk from "@aws-sdk/client-sts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { issue, packedPolicySize } from "./sessions.ts";

const DEFAULT_SECONDS = 43_200;
/** A root user's tokens last an hour, whatever is asked. */
const ROOT_SECONDS = 3600;

export const tokens = {
  async GetSessionToken({ DurationSeconds = DEFAULT_SECONDS }, context) {
    const { account, arn, userId } = context.principal;
    const seconds = arn.endsWith(":root") ? Math.min(DurationSeconds, ROOT_SECONDS) : DurationSeconds;
    return { Credentials: issue(context, { account, arn, userId }, seconds) };
  },

  async GetFederationToken(input, context) {
    const { Name = "", DurationSeconds = DEFAULT_SECONDS } = input;
    const packed = packedPolicySize(input);
    const { account } = context.principal;
    const arn = `arn:aws:sts::${account}:federated-user/${Name}`;
    const userId = `${account}:${Name}`;
    const seconds = context.principal.arn.endsWith(":root")
      ? Math.min(DurationSeconds, ROOT_SECONDS)
      : DurationSeconds;
    return {
      Credentials: issue(context, { account, arn, userId }, seconds),
      FederatedUser: { FederatedUserId: userId, Arn: arn },
      ...(packed === undefined ? {} : { PackedPolicySize: packed }),
    };
  },

  /** Encoded messages come with IAM's refusals, and the platform encodes none: every text is strange. */
  async DecodeAuthorizationMessage() {
    throw fault("InvalidAuthorizationMessageException", "Message is not valid.");
  },

  /** Trade-in tokens come from IAM's delegation requests, and the platform makes none: none is good. */
  async GetDelegatedAccessToken() {
    throw fault(
      "ExpiredTradeInTokenException",
      "The trade-in token provided in the request has expired and can no longer be exchanged for " +
        "credentials. Request a new token and retry the operation.",
    );
  },

  /** As in an account that has not switched outbound federation on. */
  async GetWebIdentityToken() {
    throw fault(
      "OutboundWebIdentityFederationDisabledException",
      "Outbound web identity federation is not enabled for this account.",
    );
  },
} satisfies Handlers<typeof sdk>;
