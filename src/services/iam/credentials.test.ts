import { createHmac, generateKeyPairSync } from "node:crypto";
import {
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteServerCertificateCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetMFADeviceCommand,
  GetServerCertificateCommand,
  GetSSHPublicKeyCommand,
  IAMClient,
  ListMFADevicesCommand,
  ListServerCertificatesCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListVirtualMFADevicesCommand,
  ResetServiceSpecificCredentialCommand,
  UpdateServerCertificateCommand,
  UpdateSSHPublicKeyCommand,
  UploadServerCertificateCommand,
  UploadSigningCertificateCommand,
  UploadSSHPublicKeyCommand,
} from "@aws-sdk/client-iam";
import type { Nuage } from "nuage/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSigner } from "../../kernel/certificate.ts";
import { once, startIam } from "./iam.fixture.ts";

let nuage: Nuage;
let iam: IAMClient;

beforeAll(async () => {
  nuage = await startIam();
  iam = new IAMClient(once(nuage));
});
afterAll(() => nuage?.stop());

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** What an authenticator shows at a time. */
function codeAt(seed: string, ms: number): string {
  const bits = [...seed].map((one) => BASE32.indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(ms / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, "0");
}

test("a virtual device is enabled with two codes that follow each other", async () => {
  await iam.send(new CreateUserCommand({ UserName: "jo" }));
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "phone" }),
  );
  const SerialNumber = VirtualMFADevice?.SerialNumber;
  expect(SerialNumber).toBe("arn:aws:iam::000000000000:mfa/phone");
  const seed = Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString();
  const now = nuage.clock.now();
  const enable = (first: string, second: string) =>
    iam.send(
      new EnableMFADeviceCommand({
        UserName: "jo",
        SerialNumber,
        AuthenticationCode1: first,
        AuthenticationCode2: second,
      }),
    );
  const [first, second] = [codeAt(seed, now - 30_000), codeAt(seed, now)];
  await expect(enable(second, first)).rejects.toMatchObject({ name: "InvalidAuthenticationCodeException" });
  await enable(first, second);
  await expect(enable(first, second)).rejects.toMatchObject({ name: "EntityAlreadyExistsException" });
  const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: "jo" }));
  expect(MFADevices).toMatchObject([{ UserName: "jo", SerialNumber, EnableDate: expect.any(Date) }]);
  expect((await iam.send(new GetMFADeviceCommand({ SerialNumber }))).UserName).toBe("jo");
  const assigned = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: "Assigned" }));
  expect(assigned.VirtualMFADevices?.[0]?.User?.UserName).toBe("jo");
  const refusedBecause = (message: string) => ({ name: "DeleteConflictException", message });
  await expect(iam.send(new DeleteUserCommand({ UserName: "jo" }))).rejects.toMatchObject(
    refusedBecause("Cannot delete entity, must delete MFA device first."),
  );
  await expect(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toMatchObject({
    name: "DeleteConflictException",
  });
  await iam.send(new DeactivateMFADeviceCommand({ UserName: "jo", SerialNumber }));
  await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
  await iam.send(new DeleteUserCommand({ UserName: "jo" }));
  await expect(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))).rejects.toMatchObject({
    message: `VirtualMFADevice with serial number ${SerialNumber} doesn't exist.`,
  });
});

function sshKey(): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const part = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return `ssh-ed25519 ${Buffer.concat([part(Buffer.from("ssh-ed25519")), part(raw)]).toString("base64")} me`;
}

test("SSH keys are kept as they were given", async () => {
  const UserName = "ssh";
  await iam.send(new CreateUserCommand({ UserName }));
  const SSHPublicKeyBody = sshKey();
  const upload = (body: string) =>
    iam.send(new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: body }));
  const { SSHPublicKey } = await upload(SSHPublicKeyBody);
  const { SSHPublicKeyId = "" } = SSHPublicKey ?? {};
  expect(SSHPublicKey).toMatchObject({
    SSHPublicKeyId: expect.stringMatching(/^APKA/),
    Fingerprint: expect.stringMatching(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/),
    Status: "Active",
  });
  await expect(upload(SSHPublicKeyBody)).rejects.toMatchObject({ name: "DuplicateSSHPublicKeyException" });
  await expect(upload("ssh-rsa nothing")).rejects.toMatchObject({ name: "InvalidPublicKeyException" });
  await iam.send(new UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: "Inactive" }));
  const got = await iam.send(new GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding: "SSH" }));
  expect(got.SSHPublicKey).toMatchObject({ SSHPublicKeyBody, Status: "Inactive" });
  for (let n = 1; n < 5; n++) await upload(sshKey());
  await expect(upload(sshKey())).rejects.toMatchObject({ name: "LimitExceededException" });
  await iam.send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId }));
  const { SSHPublicKeys } = await iam.send(new ListSSHPublicKeysCommand({ UserName }));
  expect(SSHPublicKeys).toHaveLength(4);
});

test("signing certificates are certificates", async () => {
  const UserName = "signs";
  await iam.send(new CreateUserCommand({ UserName }));
  const { certificate } = await createSigner("signs", nuage.clock.now(), [], 1024);
  const upload = (CertificateBody: string) =>
    iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody }));
  await expect(upload("none")).rejects.toMatchObject({ name: "MalformedCertificateException" });
  const { Certificate } = await upload(certificate);
  await expect(upload(certificate)).rejects.toMatchObject({ name: "DuplicateCertificateException" });
  const { Certificates } = await iam.send(new ListSigningCertificatesCommand({ UserName }));
  expect(Certificates).toEqual([Certificate]);
  await iam.send(
    new DeleteSigningCertificateCommand({ UserName, CertificateId: Certificate?.CertificateId }),
  );
  await iam.send(new DeleteUserCommand({ UserName }));
});

test("a server certificate comes with the key that belongs to it", async () => {
  const { certificate, privateKey } = await createSigner("site.example", nuage.clock.now());
  const other = await createSigner("other.example", nuage.clock.now());
  const upload = (PrivateKey: string) =>
    iam.send(
      new UploadServerCertificateCommand({
        ServerCertificateName: "site",
        Path: "/cloudfront/",
        CertificateBody: certificate,
        PrivateKey,
      }),
    );
  await expect(upload(other.privateKey)).rejects.toMatchObject({ name: "KeyPairMismatchException" });
  await expect(upload("no key")).rejects.toMatchObject({ name: "MalformedCertificateException" });
  const { ServerCertificateMetadata } = await upload(privateKey);
  expect(ServerCertificateMetadata).toMatchObject({
    Arn: "arn:aws:iam::000000000000:server-certificate/cloudfront/site",
    ServerCertificateId: expect.stringMatching(/^ASCA/),
    Expiration: expect.any(Date),
  });
  await iam.send(
    new UpdateServerCertificateCommand({ ServerCertificateName: "site", NewServerCertificateName: "page" }),
  );
  const { ServerCertificate } = await iam.send(
    new GetServerCertificateCommand({ ServerCertificateName: "page" }),
  );
  expect(ServerCertificate?.CertificateBody?.trim()).toBe(certificate.trim());
  const listed = await iam.send(new ListServerCertificatesCommand({ PathPrefix: "/cloudfront/" }));
  expect(listed.ServerCertificateMetadataList).toHaveLength(1);
  await iam.send(new DeleteServerCertificateCommand({ ServerCertificateName: "page" }));
  await expect(
    iam.send(new GetServerCertificateCommand({ ServerCertificateName: "page" })),
  ).rejects.toMatchObject({ message: "The Server Certificate with name page cannot be found." });
});

test("credentials of one service", async () => {
  const UserName = "git";
  await iam.send(new CreateUserCommand({ UserName }));
  const create = (ServiceName: string) =>
    iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName }));
  const { ServiceSpecificCredential: made } = await create("codecommit.amazonaws.com");
  expect(made).toMatchObject({ ServiceUserName: "git-at-000000000000", Status: "Active" });
  const { ServiceSpecificCredential: reset } = await iam.send(
    new ResetServiceSpecificCredentialCommand({
      UserName,
      ServiceSpecificCredentialId: made?.ServiceSpecificCredentialId,
    }),
  );
  expect(reset?.ServicePassword).not.toBe(made?.ServicePassword);
  await expect(create("s3.amazonaws.com")).rejects.toMatchObject({ name: "ServiceNotSupportedException" });
  const list = () => iam.send(new ListServiceSpecificCredentialsCommand({ UserName }));
  expect((await list()).ServiceSpecificCredentials).toHaveLength(1);
  await iam.send(
    new DeleteServiceSpecificCredentialCommand({
      UserName,
      ServiceSpecificCredentialId: made?.ServiceSpecificCredentialId,
    }),
  );
  expect((await list()).ServiceSpecificCredentials).toEqual([]);
});
