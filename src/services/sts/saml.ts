import { createHash } from "node:crypto";
import { fault } from "./faults.ts";

/** What AssumeRoleWithSAML tells of the assertion it was given. */
export interface Assertion {
  readonly subject: string;
  readonly subjectType: string;
  readonly issuer: string;
  readonly audience: string;
  readonly sessionName: string;
  readonly nameQualifier: string;
}

const SESSION_NAME_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/RoleSessionName";

/**
 * Reads a base64 SAML response. Its signature is not checked, since no identity provider is registered
 * here; the role and provider it was made out for are.
 */
export function readAssertion(encoded: string, roleArn: string, principalArn: string): Assertion {
  const document = Buffer.from(encoded, "base64").toString();
  const subject = elementText(document, "NameID");
  const issuer = elementText(document, "Issuer");
  const sessionName = attributeValue(document, SESSION_NAME_ATTRIBUTE);
  if (subject === undefined || issuer === undefined || sessionName === undefined) {
    throw fault("InvalidIdentityTokenException", "Invalid base64 SAMLResponse");
  }
  if (!document.includes(roleArn) || !document.includes(principalArn)) {
    throw fault(
      "InvalidIdentityTokenException",
      "Role and provider are not in the assertion's Role attribute",
    );
  }
  const format = /<(?:\w+:)?NameID\b[^>]*\bFormat="[^"]*:([\w-]+)"/.exec(document)?.[1];
  const provider = principalArn.slice(principalArn.lastIndexOf("/") + 1);
  const account = principalArn.split(":")[4] ?? "";
  return {
    subject,
    subjectType: format ?? "unspecified",
    issuer,
    audience: elementText(document, "Audience") ?? "https://signin.aws.amazon.com/saml",
    sessionName,
    // AWS: the base64 of the SHA-1 of issuer, account and "/" with the provider's name.
    nameQualifier: createHash("sha1").update(`${issuer}${account}/${provider}`).digest("base64"),
  };
}

function elementText(document: string, name: string): string | undefined {
  return new RegExp(`<(?:\\w+:)?${name}\\b[^>]*>([^<]*)<`).exec(document)?.[1]?.trim();
}

function attributeValue(document: string, name: string): string | undefined {
  const at = document.indexOf(`"${name}"`);
  return at < 0 ? undefined : elementText(document.slice(at), "AttributeValue");
}
