import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { sts } from "../src/services/sts/index.ts";
import { service } from "../src/services/sts/service.ts";
import { COVERAGE_FILE, describeCoverage } from "./coverage.ts";

it("is what docs/coverage.md says (npm run coverage writes it)", async () => {
  expect(await readFile(COVERAGE_FILE, "utf8")).toBe(await describeCoverage());
});

it("tells apart what works, what is accepted without effect, and what is missing", async () => {
  const { GetCallerIdentity, AssumeRole } = service.handlers;
  if (!GetCallerIdentity || !AssumeRole) expect.fail("STS lost its handlers");
  const text = await describeCoverage([
    {
      ...sts,
      open: async () => ({
        service: { handlers: { GetCallerIdentity, AssumeRole }, withoutEffect: ["AssumeRole"] },
      }),
    },
  ]);
  expect(text).toContain("| sts | 1 | 1 | ");
  expect(text).toContain("**Effective** (1)\n\n- GetCallerIdentity\n");
  expect(text).toContain("**Accepted without effect** (1)\n\n- AssumeRole\n");
  expect(text).toMatch(/\*\*Missing\*\* \(\d+\)\n\n(- \w+\n)*- DecodeAuthorizationMessage\n/);
});

it("tells what stacks may have, and which properties have no effect", async () => {
  const resources = {
    "AWS::STS::Thing": {
      properties: { Name: "replace", Size: "update", Note: "accepted" },
      create: async () => ({ id: "x", attributes: {} }),
      delete: async () => {},
    },
  } as const;
  const text = await describeCoverage([{ ...sts, resources: async () => ({ resources }) }]);
  expect(text).toContain("## Resources of stacks (1)\n");
  expect(text).toContain("\n- AWS::STS::Thing: 2 honoured; accepted: Note\n");
});
