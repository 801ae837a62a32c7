import type { Constraints } from "../../kernel/constraints.ts";

const NAME = "[\\w+=,.@-]*";
const ARN = { length: [20, 2048] } as const;
const SESSION_NAME = { length: [2, 64], pattern: NAME } as const;
const SESSION_POLICY = { length: [1, 2048] } as const;
const ROLE_SECONDS = { range: [900, 43_200] } as const;
const TOKEN_SECONDS = { range: [900, 129_600] } as const;
const SERIAL_NUMBER = { length: [9, 256], pattern: "[\\w+=/:,.@-]*" } as const;
const TOKEN_CODE = { length: [6, 6], pattern: "[\\d]*" } as const;

/** From the service's API model. https://docs.aws.amazon.com/STS/latest/APIReference/ */
export const constraints: Constraints = {
  "AssumeRoleRequest.RoleArn": ARN,
  "AssumeRoleRequest.RoleSessionName": SESSION_NAME,
  "AssumeRoleRequest.Policy": SESSION_POLICY,
  "AssumeRoleRequest.DurationSeconds": ROLE_SECONDS,
  "AssumeRoleRequest.Tags": { length: [0, 50] },
  "AssumeRoleRequest.TransitiveTagKeys": { length: [0, 50] },
  "AssumeRoleRequest.ExternalId": { length: [2, 1224], pattern: "[\\w+=,.@:\\/-]*" },
  "AssumeRoleRequest.SerialNumber": SERIAL_NUMBER,
  "AssumeRoleRequest.TokenCode": TOKEN_CODE,
  "AssumeRoleRequest.SourceIdentity": SESSION_NAME,
  "AssumeRoleRequest.ProvidedContexts": { length: [0, 5] },
  "AssumeRoleWithSAMLRequest.RoleArn": ARN,
  "AssumeRoleWithSAMLRequest.PrincipalArn": ARN,
  "AssumeRoleWithSAMLRequest.SAMLAssertion": { length: [4, 100_000] },
  "AssumeRoleWithSAMLRequest.Policy": SESSION_POLICY,
  "AssumeRoleWithSAMLRequest.DurationSeconds": ROLE_SECONDS,
  "AssumeRoleWithWebIdentityRequest.RoleArn": ARN,
  "AssumeRoleWithWebIdentityRequest.RoleSessionName": SESSION_NAME,
  "AssumeRoleWithWebIdentityRequest.WebIdentityToken": { length: [4, 20_000] },
  "AssumeRoleWithWebIdentityRequest.ProviderId": { length: [4, 2048] },
  "AssumeRoleWithWebIdentityRequest.Policy": SESSION_POLICY,
  "AssumeRoleWithWebIdentityRequest.DurationSeconds": ROLE_SECONDS,
  "AssumeRootRequest.TargetPrincipal": { length: [12, 2048] },
  "AssumeRootRequest.DurationSeconds": { range: [0, 900] },
  "DecodeAuthorizationMessageRequest.EncodedMessage": { length: [1, 10_240] },
  "GetAccessKeyInfoRequest.AccessKeyId": { length: [16, 128], pattern: "[\\w]*" },
  "GetFederationTokenRequest.Name": { length: [2, 32], pattern: NAME },
  "GetFederationTokenRequest.Policy": SESSION_POLICY,
  "GetFederationTokenRequest.DurationSeconds": TOKEN_SECONDS,
  "GetFederationTokenRequest.Tags": { length: [0, 50] },
  "GetSessionTokenRequest.DurationSeconds": TOKEN_SECONDS,
  "GetSessionTokenRequest.SerialNumber": SERIAL_NUMBER,
  "GetSessionTokenRequest.TokenCode": TOKEN_CODE,
  "PolicyDescriptorType.arn": ARN,
  "Tag.Key": { length: [1, 128] },
  "Tag.Value": { length: [0, 256] },
};
