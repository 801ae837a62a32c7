import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSigner } from "./kernel/certificate.ts";
import type { Clock } from "./kernel/clock.ts";

/** The key and certificate of HTTPS, as PEM. */
export interface Tls {
  readonly key: string;
  readonly cert: string;
}

/** Names of this machine. A star stands for one label, so that each kind of address has a name of its own. */
function hostsOf(region: string): string[] {
  const bases = ["localhost", "localhost.localstack.cloud"];
  const kinds = ["s3", "execute-api", `execute-api.${region}`, `lambda-url.${region}`];
  return [
    ...bases.flatMap((base) => [base, `*.${base}`, ...kinds.map((kind) => `*.${kind}.${base}`)]),
    "127.0.0.1",
    "::1",
  ];
}

/**
 * The certificate in a folder, made when there is none: whoever trusts `cert.pem` once, as a browser or with
 * NODE_EXTRA_CA_CERTS, trusts it after a restart too.
 */
export async function openTls(folder: string, region: string, clock: Clock): Promise<Tls> {
  const files = { key: join(folder, "key.pem"), cert: join(folder, "cert.pem") };
  try {
    const [key, cert] = await Promise.all([readFile(files.key, "utf8"), readFile(files.cert, "utf8")]);
    return { key, cert };
  } catch {
    const { privateKey, certificate } = await createSigner("Nuage", clock.now(), hostsOf(region));
    await mkdir(folder, { recursive: true });
    await writeFile(files.key, privateKey, { mode: 0o600 });
    await writeFile(files.cert, certificate);
    return { key: privateKey, cert: certificate };
  }
}
