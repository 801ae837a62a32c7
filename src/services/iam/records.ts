export type Tags = Readonly<Record<string, string>>;

/** What all that has a name and an ARN is known by. */
export interface Named {
  readonly v: 1;
  readonly account: string;
  /** `/`, or `/division/team/` */
  readonly path: string;
  readonly name: string;
  /** `AROA…`: another one after it was deleted and made again. */
  readonly id: string;
  readonly createdMs: number;
  readonly tags: Tags;
}

/** Those that policies belong to. */
export interface Holder extends Named {
  /** Documents by the names of the inline policies. */
  readonly inline: Readonly<Record<string, string>>;
  /** ARNs of the managed policies, in the order in which they came. */
  readonly attached: readonly string[];
  /** ARN of the policy that bounds what the others may allow. */
  readonly boundary?: string;
}

export interface UserRecord extends Holder {
  /** Names of groups, in the order in which the user came to them. */
  readonly groups: readonly string[];
  readonly login?: LoginProfile;
  readonly passwordLastUsedMs?: number;
  readonly sshKeys: readonly UserCredential[];
  readonly signingCertificates: readonly UserCredential[];
  readonly serviceCredentials: readonly ServiceCredential[];
}

export interface LoginProfile {
  /** A digest of it. */
  readonly password: string;
  /** Digests of those before it, the latest first. */
  readonly before: readonly string[];
  readonly createdMs: number;
  readonly changedMs: number;
  readonly resetRequired: boolean;
}

/** An SSH public key or a signing certificate: text that a user gave. */
export interface UserCredential {
  readonly id: string;
  readonly body: string;
  readonly fingerprint: string;
  readonly status: string;
  readonly createdMs: number;
}

export interface ServiceCredential {
  readonly id: string;
  readonly service: string;
  readonly userName: string;
  readonly secret: string;
  readonly status: string;
  readonly createdMs: number;
  readonly expiresMs?: number;
}

export type GroupRecord = Holder;

export interface RoleRecord extends Holder {
  /** The trust policy. */
  readonly trust: string;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  readonly lastUsed?: { readonly ms: number; readonly region: string };
  /** Of a service-linked role: `elasticbeanstalk.amazonaws.com`. */
  readonly service?: string;
}

export interface PolicyRecord extends Named {
  readonly description?: string;
  readonly updatedMs: number;
  /** The latest last. */
  readonly versions: readonly PolicyVersion[];
  /** `v2` */
  readonly defaultVersion: string;
  /** Numbers are not given again. */
  readonly lastNumber: number;
}

export interface PolicyVersion {
  readonly id: string;
  readonly document: string;
  readonly createdMs: number;
}

export interface InstanceProfileRecord extends Named {
  readonly role?: string;
}

export interface ServerCertificateRecord extends Named {
  readonly body: string;
  readonly chain?: string;
  readonly expiresMs?: number;
}

/** Its name is its address without `https://`. */
export interface OidcProviderRecord extends Named {
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
}

export interface SamlProviderRecord extends Named {
  readonly metadata: string;
  readonly uuid: string;
  readonly validUntilMs: number;
  readonly encryption?: string;
  readonly privateKeys: readonly { readonly id: string; readonly createdMs: number }[];
}

/** A virtual device. */
export interface MfaRecord extends Named {
  /** Base32. */
  readonly seed: string;
  /** Name of the user who has it. */
  readonly user?: string;
  readonly enabledMs?: number;
}

/** A key is found by its id alone: who signs a request says no more. */
export interface AccessKeyRecord {
  readonly v: 1;
  readonly id: string;
  readonly account: string;
  readonly user: string;
  readonly status: "Active" | "Inactive";
  readonly createdMs: number;
  readonly lastUsed?: { readonly ms: number; readonly service: string; readonly region: string };
}

/** What there is of an account itself. */
export interface AccountRecord {
  readonly v: 1;
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicy;
  readonly tokenVersion?: string;
  /** The credential report as it was last made. */
  readonly report?: { readonly csv: string; readonly ms: number };
}

export interface PasswordPolicy {
  readonly MinimumPasswordLength: number;
  readonly RequireSymbols: boolean;
  readonly RequireNumbers: boolean;
  readonly RequireUppercaseCharacters: boolean;
  readonly RequireLowercaseCharacters: boolean;
  readonly AllowUsersToChangePassword: boolean;
  readonly ExpirePasswords: boolean;
  readonly MaxPasswordAge?: number;
  readonly PasswordReusePrevention?: number;
  readonly HardExpiry?: boolean;
}
