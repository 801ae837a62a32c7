import { defineConfig } from "vitest/config";

// System tests import "nuage/testing" from the build, so what ships is what is tested;
// the set-up builds first (under a second). Tests of pure rules import from src directly.
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts", "examples/**/*.test.ts"],
    globalSetup: ["./scripts/build.mjs"],
    pool: "forks",
    // Files that one process runs share what they import, which would take it as long as the tests.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
