/** In the order in which they are numbered in the store: new ones go to the end. */
export const UNITS = [
  "None",
  "Count",
  "Seconds",
  "Microseconds",
  "Milliseconds",
  "Bytes",
  "Kilobytes",
  "Megabytes",
  "Gigabytes",
  "Terabytes",
  "Bits",
  "Kilobits",
  "Megabits",
  "Gigabits",
  "Terabits",
  "Percent",
  "Bytes/Second",
  "Kilobytes/Second",
  "Megabytes/Second",
  "Gigabytes/Second",
  "Terabytes/Second",
  "Bits/Second",
  "Kilobits/Second",
  "Megabits/Second",
  "Gigabits/Second",
  "Terabits/Second",
  "Count/Second",
] as const;

export type Unit = (typeof UNITS)[number];

export const isUnit = (text: string | undefined): text is Unit => UNITS.includes(text as Unit);

const MILLISECONDS =
  /(Duration|IteratorAge|Latency|EventAge|AgeMilliseconds|MillisBehindLatest|AgeOfOldestUnreplicatedRecord)$/;
const BYTES = /(Bytes\w*|Size|DataProcessed)$/;

/** What AWS's own metric of a name is counted in. */
export function unitOfPlatformMetric(namespace: string, name: string): Unit {
  if (namespace === "AWS/SQS" && name === "ApproximateAgeOfOldestMessage") return "Seconds";
  if (name.endsWith("Utilization")) return "Percent";
  if (MILLISECONDS.test(name)) return "Milliseconds";
  return BYTES.test(name) ? "Bytes" : "Count";
}
