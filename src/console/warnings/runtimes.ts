/**
 * When AWS deprecates runtimes, or has: from then on they get no security patches, and somewhat later
 * functions with them can be neither created nor changed. As of January 2026:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, https://endoflife.date/aws-lambda
 */
const DEPRECATED_ON: Readonly<Record<string, string>> = {
  "nodejs24.x": "2028-04-30",
  "nodejs22.x": "2027-04-30",
  "nodejs20.x": "2026-04-30",
  "nodejs18.x": "2025-09-01",
  "nodejs16.x": "2024-06-12",
  "nodejs14.x": "2023-12-04",
  "python3.14": "2029-06-30",
  "python3.13": "2029-06-30",
  "python3.12": "2028-10-31",
  "python3.11": "2027-06-30",
  "python3.10": "2026-10-31",
  "python3.9": "2025-12-15",
  "python3.8": "2024-10-14",
  "python3.7": "2023-12-04",
  java25: "2029-06-30",
  java21: "2029-06-30",
  java17: "2027-06-30",
  java11: "2027-06-30",
  "java8.al2": "2027-06-30",
  java8: "2024-01-08",
  dotnet10: "2028-11-14",
  dotnet8: "2026-11-10",
  dotnet6: "2024-12-20",
  "ruby3.4": "2028-03-31",
  "ruby3.3": "2027-03-31",
  "ruby3.2": "2026-03-31",
  "ruby2.7": "2023-12-07",
  "go1.x": "2024-01-08",
  "provided.al2023": "2029-06-30",
  "provided.al2": "2026-07-31",
  provided: "2024-01-08",
};

/** Epoch milliseconds: when the runtime is deprecated; undefined for one that is not known. */
export function deprecationOf(runtime: string): number | undefined {
  const date = Object.hasOwn(DEPRECATED_ON, runtime) ? DEPRECATED_ON[runtime] : undefined;
  return date === undefined ? undefined : Date.parse(`${date}T00:00:00Z`);
}

/** The runtime of the same language that lasts longest: `nodejs24.x` for `nodejs18.x`. */
export function successorOf(runtime: string): string | undefined {
  const [language = ""] = /^[a-z]+/.exec(runtime) ?? [];
  const [latest] = Object.entries(DEPRECATED_ON)
    .filter(([name]) => /^[a-z]+/.exec(name)?.[0] === (language === "go" ? "provided" : language))
    .sort(([, one], [, other]) => other.localeCompare(one));
  return latest?.[0];
}
