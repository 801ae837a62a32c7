import { expect, test } from "vitest";
import { compileQuery } from "../query.ts";
import { QueryProblem } from "./problem.ts";

const TIME = { nowMs: 0, fromMs: 0, untilMs: 0 };

test.each<[string, string, number]>([
  ["filter (a = 1", "unexpected symbol found the end of the query at line 1 and position 14", 13],
  ["fields a\n| limi 5", "unexpected symbol found limi at line 2 and position 3", 11],
  ["filter a = ", "the end of the query", 11],
  ["filter a ~ 1", "unexpected symbol found ~", 9],
  ["stats nope(a)", "unknown function nope", 6],
  ["filter abs(1, 2)", "abs takes another number of arguments", 7],
  ["limit 0", "limit must be between 1 and 100000", 6],
  ["limit x", "unexpected symbol found x", 6],
  ["parse @message '* *' as a", "2 wildcards and 1 names", 15],
  ["parse @message /a/", "needs named groups", 15],
  ["filter @message like /(/", "invalid regular expression", 21],
  ["filter 'abc", "unexpected symbol found '", 7],
  ["stats avg()", "avg needs a field", 6],
  ["stats pct(a, 101)", "percentage from 0 to 100", 6],
  ["filter bin(x) = 1", "bin takes a period", 7],
  ["fields a b", "unexpected symbol found b", 9],
  [`filter ${"(".repeat(300)}`, "nested too deeply", 207],
  ["dedup t | sort t", "unexpected symbol found sort at line 1 and position 11", 10],
  ["logreduce", "unexpected symbol found logreduce at line 1 and position 1", 0],
  ["constructor", "unexpected symbol found constructor", 0],
  ["stats rate(a) by bin(1m)", "rate takes a period such as 5m", 6],
  ["stats count(*) by a offset 1h", "offset moves times that are grouped by bin", 20],
  ["stats histogram(a, 0)", "histogram takes a number of ranges from 1 to 1000", 6],
  ["lookup t id", "unexpected symbol found the end of the query", 11],
  ["outlier action=keep a", "unexpected symbol found keep", 15],
  ["outlier", "unexpected symbol found the end of the query", 7],
  ["sessionize a maxspan x", "unexpected symbol found x", 21],
  ["relevantfields a, b", "unexpected symbol found the end of the query", 19],
  ["logcompare 7d", "unexpected symbol found 7d", 11],
  ["autoregress a p=4-1", "p begins before it ends", 16],
  ["appendcols max=0 (SOURCE 'g')", "0 is not between 1 and 100000", 15],
  ["parse @message /(a)/ as x, y", "1 groups and 2 names", 15],
  ["parse @message csv", "unexpected symbol found the end of the query", 18],
  ["json field=a b as c", "unexpected symbol found b", 13],
  [Array(11).fill("stats count(*) as n").join(" | "), "at most 10 stats commands", 220],
  ["anomaly x", "unexpected symbol found x", 8],
])("%s is no query", (query, message, start) => {
  const problem = (() => {
    try {
      compileQuery(query, 10, TIME);
    } catch (error) {
      return error;
    }
    return undefined;
  })();
  expect(problem).toBeInstanceOf(QueryProblem);
  expect((problem as QueryProblem).message).toContain(message);
  expect((problem as QueryProblem).start).toBe(start);
});
