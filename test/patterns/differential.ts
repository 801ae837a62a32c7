// Compares the pattern language with AWS's own matcher (event-ruler, from Maven Central) on random patterns
// and events: tsx test/patterns/differential.ts [COUNT] [SEED]. Says so and ends well where there is no Java
// or Maven.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PatternError, parsePatternText } from "../../src/patterns/pattern.ts";
import { PatternIndex } from "../../src/patterns/pattern-index.ts";
import { Chance, randomEvent, randomPattern } from "./random.ts";

const EVENTS = 6;
const MOST_SHOWN = 20;
const FOLDER = join(import.meta.dirname, "oracle");

const count = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? 1);

/** The messages of one refused pattern, or whether each event matches. */
type Answers = readonly [string] | readonly boolean[];

const classpath = classpathOfOracle();
if (classpath === undefined)
  console.log("skipped: no Java and Maven, or no Maven Central, to fetch event-ruler with");
else process.exitCode = (await compare(classpath)) ? 0 : 1;

function classpathOfOracle(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "nuage-ruler-"));
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    const output = join(folder, "classpath");
    const goal = ["-q", "-f", join(FOLDER, "pom.xml"), "dependency:build-classpath"];
    execFileSync("mvn", [...goal, `-Dmdep.outputFile=${output}`], { stdio: "ignore" });
    return readFileSync(output, "utf8").trim();
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(jars: string): Promise<boolean> {
  const oracle = spawn("java", ["-cp", jars, join(FOLDER, "Oracle.java")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: oracle.stdout })[Symbol.asyncIterator]();
  const ask = async (question: string): Promise<string> => {
    if (!oracle.stdin.write(`${question}\n`)) await once(oracle.stdin, "drain");
    return (await lines.next()).value ?? '["ended"]';
  };
  const chance = new Chance(seed);
  const tally = { refused: 0, matches: 0, others: 0, unsettled: 0, differences: 0 };
  for (let round = 0; round < count; round++) {
    const pattern = randomPattern(chance);
    const events = Array.from({ length: EVENTS }, () => randomEvent(chance));
    const question = JSON.stringify([pattern, ...events]);
    const theirs = await ask(question);
    const ours = answers(pattern, events);
    addTo(tally, JSON.parse(theirs));
    if (theirs === JSON.stringify(ours)) continue;
    if (isMerged(pattern, theirs) || (await contradicts(ask, question))) tally.unsettled++;
    else if (++tally.differences <= MOST_SHOWN) report(pattern, events, JSON.parse(theirs), ours);
  }
  oracle.stdin.end();
  await once(oracle, "exit");
  const { refused, matches, others, unsettled, differences } = tally;
  console.log(
    `${count} patterns from seed ${seed}: ${refused} refused, ${matches} events matched, ` +
      `${others} did not; AWS's matcher was of two minds ${unsettled} times; ${differences} differences`,
  );
  return differences === 0 && refused > 0 && matches > 0 && unsettled * 1000 < count;
}

function addTo(tally: { refused: number; matches: number; others: number }, answers: Answers): void {
  if (typeof answers[0] === "string") tally.refused++;
  else for (const answer of answers) tally[answer ? "matches" : "others"]++;
}

/** How complex a rule is depends on how AWS's matcher merges the ways of a $or, which is its own affair. */
function isMerged(pattern: string, theirs: string): boolean {
  return pattern.includes('"$or"') && theirs.includes("Rule is too complex");
}

/** AWS's matcher gives now one answer and now another where texts and numbers meet in a list. */
async function contradicts(ask: (question: string) => Promise<string>, question: string): Promise<boolean> {
  const first = await ask(question);
  for (let again = 0; again < 20; again++) if ((await ask(question)) !== first) return true;
  return false;
}

function answers(text: string, events: readonly string[]): Answers {
  try {
    const pattern = parsePatternText(text, "events");
    const index = new PatternIndex<string>();
    index.add("pattern", pattern);
    return events.map((event) => {
      const matches = pattern.matches(JSON.parse(event));
      if (matches !== (index.matching(JSON.parse(event)).length === 1))
        throw new TypeError("the index differs");
      return matches;
    });
  } catch (error) {
    return [error instanceof PatternError ? error.message : `THROWN ${error}`];
  }
}

function report(pattern: string, events: readonly string[], theirs: Answers, ours: Answers): void {
  console.log(`pattern ${pattern}`);
  if (typeof theirs[0] === "string" || typeof ours[0] === "string") {
    for (const [who, [message]] of [
      ["AWS", theirs],
      ["we ", ours],
    ] as const) {
      const text = String(message);
      console.log(`  ${who} ${JSON.stringify(`${text.slice(0, 80)} … ${text.slice(-40)}`)}`);
    }
    return;
  }
  for (const [index, event] of events.entries()) {
    if (theirs[index] !== ours[index])
      console.log(`  event ${event}\n  AWS ${theirs[index]}, we ${ours[index]}`);
  }
}
