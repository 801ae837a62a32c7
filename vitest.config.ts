import { defineConfig } from "vitest/config";

// System tests import "nuage/testing" from the build, so what ships is what is tested;
// the set-up builds first (under a second). Tests of pure rules import from src directly.
const SOURCES = "src/**/*.test.ts";
/**
 * Files that need a process of their own: those that run other files' tests once more, which a process that
 * has run them would not see again, and one that puts another module in the place of what is loaded.
 */
const ALONE = ["src/**/*hostile.test.ts", "src/observe/fallback.test.ts"];

export default defineConfig({
  test: {
    globalSetup: ["./scripts/build.mjs"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      // Files that one process runs share what they import, which takes it as long as many a test.
      { extends: true, test: { name: "src", isolate: false, include: [SOURCES], exclude: ALONE } },
      {
        extends: true,
        test: {
          name: "system",
          include: [...ALONE, "test/**/*.test.ts", "scripts/**/*.test.ts", "examples/**/*.test.ts"],
        },
      },
    ],
  },
});
