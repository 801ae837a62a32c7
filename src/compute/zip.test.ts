import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Zippable, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTrial, type Trial, zipOf } from "./trial.fixture.ts";
import { inspectZip, UNZIPPED_LIMIT_BYTES } from "./zip.ts";

const UNREADABLE = "Could not unzip uploaded file. Please check your file, then try to upload again.";
const MODE_SHIFT = 16;

/** An entry with the type and permissions of a Unix file. */
function unix(content: string, mode: number): Zippable[string] {
  return [Buffer.from(content), { os: 3, attrs: (mode << MODE_SHIFT) >>> 0 }];
}
const link = (target: string) => unix(target, 0o120777);

async function refusal(zip: Uint8Array): Promise<string> {
  const fault = await inspectZip(zip).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(fault).toMatchObject({ code: "InvalidParameterValueException" });
  return (fault as Error).message;
}

/** Writes `value` at `offset` from the start of the first record with this signature. */
function patched(zip: Uint8Array, signature: number, offset: number, value: number): Uint8Array {
  const copy = Buffer.from(zip);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(signature);
  copy.writeUInt32LE(value, copy.indexOf(mark) + offset);
  return copy;
}
const CENTRAL = 0x02014b50;

describe("inspectZip", () => {
  it("accepts what can be unpacked", async () => {
    await inspectZip(zipOf({ "index.js": "x", "a/b/c.js": "y", "empty.txt": "" }));
    await inspectZip(
      zipSync({ "bin/run": unix("x", 0o100755), "lib/l": link("../bin/run"), "d/": new Uint8Array() }),
    );
  });

  it.each<[string, Uint8Array]>([
    ["bytes that are no zip", Buffer.from("no zip at all")],
    ["no bytes", new Uint8Array()],
    ["half a zip", zipOf({ "a.js": "x".repeat(1000) }).subarray(0, 60)],
    ["a path that climbs out", zipOf({ "../evil.js": "x" })],
    ["a path that climbs out later", zipOf({ "a/../../evil.js": "x" })],
    ["an absolute path", zipOf({ "/etc/evil": "x" })],
    ["a path with backslashes", zipOf({ "..\\evil.js": "x" })],
    ["a path of Windows", zipOf({ "C:/evil.js": "x" })],
    ["a link that leads out", zipSync({ l: link("../outside") })],
    ["a link that leads out of a folder", zipSync({ "a/b/l": link("../../../outside") })],
    ["an absolute link", zipSync({ l: link("/etc/passwd") })],
    ["a link that climbs through another", zipSync({ "a/l": link("x/../../..") })],
    ["a device", zipSync({ d: unix("", 0o020666) })],
  ])("refuses %s", async (_name, zip) => {
    expect(await refusal(zip)).toBe(UNREADABLE);
  });

  it("refuses an entry whose content is damaged", async () => {
    const zip = zipSync({ "a.js": Buffer.from("abcdefgh") }, { level: 0 });
    const copy = Buffer.from(zip);
    copy.writeUInt8(0x58, copy.indexOf("abcdefgh"));
    expect(await refusal(copy)).toBe(UNREADABLE);
  });

  it("refuses what unpacks to more than 250 MB, by what it says and by what it is", async () => {
    const tooLarge = `Unzipped size must be smaller than ${UNZIPPED_LIMIT_BYTES} bytes`;
    const small = zipOf({ "a.js": "x".repeat(100_000) });
    expect(await refusal(patched(small, CENTRAL, 24, UNZIPPED_LIMIT_BYTES + 1))).toBe(tooLarge);
    // A bomb that hides its size is stopped at the size that it states.
    expect(await refusal(patched(small, CENTRAL, 24, 10))).toBe(UNREADABLE);
  });
});

describe("unpacked code", () => {
  let trial: Trial;
  beforeAll(async () => {
    trial = await createTrial();
  });
  afterAll(() => trial.close());

  it("keeps modes, links and folders, and lies under its checksum, whole or not at all", async () => {
    const zip = zipSync({
      "index.js": unix(
        `exports.handler = async () => String(require("child_process").execFileSync("./bin/run"))`,
        0o100644,
      ),
      "bin/run": unix("#!/bin/sh\necho ran", 0o100755),
      "lib/link": link("../bin"),
      "empty/": new Uint8Array(),
    });
    const version = trial.version(zip);
    const replies = await Promise.all([trial.invoke(version), trial.invoke(version), trial.invoke(version)]);
    expect(replies.map((reply) => reply.value)).toEqual(["ran\n", "ran\n", "ran\n"]);
    const name = Buffer.from(version.codeSha256, "base64").toString("hex");
    const root = join(trial.folder, "code", name);
    expect(readdirSync(join(trial.folder, "code")).sort()).toEqual([name, "node_modules"].sort());
    expect(lstatSync(join(root, "bin/run")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(root, "lib/link"))).toBe("../bin");
    expect(readFileSync(join(root, "lib/link/run"), "utf8")).toContain("echo ran");
    expect(readdirSync(join(root, "empty"))).toEqual([]);
  });

  it("is never written through a link, whatever order its entries have", async () => {
    const zip = zipSync({ l: link("sub"), "l/index.js": Buffer.from("x"), "index.js": Buffer.from("x") });
    const reply = await trial.invoke(trial.version(zip));
    expect(reply.errorType).toBe("Sandbox.Failure");
  });
});
