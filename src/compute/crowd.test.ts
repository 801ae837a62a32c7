import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { Crowd } from "./crowd.ts";
import type { Environment } from "./environment.ts";
import { createTrial } from "./trial.fixture.ts";

const environment = (name: string) => ({ name }) as unknown as Environment;

/** A crowd whose processors all run invocations that usually take so long. */
function crowded(idle: Environment[], usualMs: number): Crowd {
  const crowd = new Crowd(idle);
  crowd.begin();
  crowd.end(usualMs);
  for (let index = 0; index < availableParallelism(); index++) crowd.begin();
  return crowd;
}

describe("a crowd of short invocations", () => {
  it("waits for an environment that is busy, the first one first", async () => {
    const idle = [environment("old"), environment("older")];
    const crowd = crowded(idle, 0.2);
    const both = [crowd.take(), crowd.take()];
    const busy = [environment("one"), environment("two")];
    for (const each of busy) expect(crowd.give(each)).toBe(true);
    expect(await Promise.all(both)).toEqual(busy);
    expect(crowd.give(environment("three"))).toBe(false);
    expect(idle).toHaveLength(2);
  });

  it("takes those at rest when none becomes free in a moment, and no more than there are", async () => {
    const idle = [environment("rested")];
    const crowd = crowded(idle, 0.2);
    const held = crowd.take();
    expect(crowd.take()).toBeUndefined();
    expect(await held).toEqual(environment("rested"));
    expect(idle).toEqual([]);
  });

  it("does not wait where invocations take their time", () => {
    const crowd = crowded([environment("rested")], 5);
    expect(crowd.take()).toEqual(environment("rested"));
  });

  it("lets invocations that wait for each other meet", async () => {
    const trial = await createTrial();
    try {
      const version = trial.version({
        "index.js": `const fs = require("fs");
          exports.handler = async ({ folder, name, all }) => {
            if (!folder) return;
            fs.mkdirSync(folder, { recursive: true });
            fs.writeFileSync(folder + "/" + name, "");
            const turn = () => new Promise((resolve) => setTimeout(resolve, 2));
            while (fs.readdirSync(folder).length < all) await turn();
          }`,
      });
      const count = 2 * availableParallelism() + 2;
      const together = (event: (index: number) => object) =>
        Promise.all(Array.from({ length: count }, (_, index) => trial.invoke(version, event(index))));
      for (let round = 0; round < 10; round++) await together(() => ({}));
      const folder = trial.folder;
      const replies = await together((index) => ({
        folder: `${folder}/meeting`,
        name: `n${index}`,
        all: count,
      }));
      expect(replies.every(({ functionError }) => functionError === undefined)).toBe(true);
    } finally {
      await trial.close();
    }
  });
});
