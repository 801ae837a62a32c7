/**
 * What an account may have, as an account that has asked for no more.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const QUOTAS = {
  Users: 5000,
  Groups: 300,
  Roles: 1000,
  Policies: 1500,
  InstanceProfiles: 1000,
  ServerCertificates: 20,
  OpenIDConnectProviders: 100,
  SAMLProviders: 100,
  AccessKeysPerUser: 2,
  SigningCertificatesPerUser: 2,
  SSHPublicKeysPerUser: 5,
  ServiceCredentialsPerUser: 2,
  MFADevicesPerUser: 8,
  GroupsPerUser: 10,
  AttachedPoliciesPerUser: 10,
  AttachedPoliciesPerGroup: 10,
  AttachedPoliciesPerRole: 10,
  VersionsPerPolicy: 5,
  RolesPerInstanceProfile: 1,
  ClientIdsPerOpenIdConnectProvider: 100,
  ThumbprintsPerOpenIdConnectProvider: 5,
  Tags: 50,
  /** Characters, white space not counted. */
  PolicySize: 6144,
  UserPolicySize: 2048,
  GroupPolicySize: 5120,
  RolePolicySize: 10_240,
  AssumeRolePolicySize: 2048,
} as const;
