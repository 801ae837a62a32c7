// Every function of values, as AWS documents them, asked through the SDK.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
import { GetQueryResultsCommand, StartQueryCommand } from "@aws-sdk/client-cloudwatch-logs";
import { beforeAll, expect, test } from "vitest";
import { useLogs } from "./logs.fixture.ts";

const it = useLogs();

beforeAll(async () => {
  const event = { text: ' Ab"c ', n: 7.25, list: '["a","b"]', ip: "10.1.2.3", map: { k: "v" } };
  await it.create("/app/one");
  await it.put("/app/one", "s", [it.nowMs() - 1_000, JSON.stringify(event)]);
});

/** What an expression comes to. */
async function resultOf(expression: string): Promise<string | undefined> {
  const range = { startTime: 0, endTime: Math.floor(it.nowMs() / 1000) };
  const queryString = `display ${expression} as x`;
  const { queryId } = await it.logs.send(
    new StartQueryCommand({ queryString, ...range, logGroupName: "/app/one" }),
  );
  for (;;) {
    const { status, results = [] } = await it.logs.send(new GetQueryResultsCommand({ queryId }));
    if (status === "Running") continue;
    expect(results).toHaveLength(1);
    return results[0]?.find(({ field }) => field === "x")?.value;
  }
}

test.each<[string, string | undefined]>([
  // Arithmetic, comparisons, booleans
  ["1 + 2 * 3 - 4 / 2", "5"],
  ["2 ^ 3 + 10 % 3", "9"],
  ["1 = 1 and not (2 < 1) or 3 >= 4", "1"],
  ["2 != 2", "0"],
  // Numeric operators
  ["abs(0 - n)", "7.25"],
  ["ceil(n)", "8"],
  ["floor(n)", "7"],
  ["greatest(1, n, 3)", "7.25"],
  ["least(1, n, 3)", "1"],
  ["log(1)", "0"],
  ["round(n)", "7"],
  ["round(2.345, 2)", "2.35"],
  ["round(-2.5)", "-3"],
  ["sqrt(16)", "4"],
  ["haversine(52.52, 13.405, 48.8566, 2.3522)", "877.4633"],
  ["toNumber('12.5')", "12.5"],
  ["toNumber('x')", undefined],
  ["toInt('12.9')", "12"],
  ["toInt('2147483648')", undefined],
  ["toLong('-2147483649.5')", "-2147483649"],
  ["toDouble('1e3')", "1000"],
  // Structures
  ["jsonParse(list)", '["a","b"]'],
  ["toupper(map)", undefined],
  ["map = map", "0"],
  ["map.k", "v"],
  // Times
  ["datefloor(fromMillis(1767225661000), 1m)", "2026-01-01 00:01:00.000"],
  ["datefloor(fromMillis(1767225661000), 300s)", "2026-01-01 00:01:00.000"],
  ["dateceil(fromMillis(1767225661000), 1h)", "2026-01-01 01:00:00.000"],
  ["toMillis(fromMillis(5))", "5"],
  ["parseDate('2026-01-01', 'yyyy-MM-dd', 'UTC')", "1767225600000"],
  ["parseDate('1 Jul 2026 3:04 PM', 'd MMM yyyy h:mm a', 'Europe/Berlin')", "1782911040000"],
  ["parseDate('2026-01-01T01:00:00.250+0100', \"yyyy-MM-dd'T'HH:mm:ss.SSSZ\")", "1767225600250"],
  ["parseDate('2026-02-30', 'yyyy-MM-dd')", undefined],
  ["parseDate('x', 'yyyy')", undefined],
  ["formatDate(1767225600000, '%Y-%m-%d %H:%M:%S', 'America/New_York')", "2025-12-31 19:00:00"],
  ["strftime(1767225600000, '%a %e %b %j %F %T %z %%')", "Thu  1 Jan 001 2026-01-01 00:00:00 +0000 %"],
  ["formatDate(1767225600000, '%Y', 'Nowhere/Else')", undefined],
  // General functions
  ["ispresent(nothing)", "0"],
  ["coalesce(nothing, n)", "7.25"],
  ["case(n > 10, 'high', n > 5, 'middle', 'low')", "middle"],
  ["if(n > 10, 'high', 'low')", "low"],
  ["isNumeric(n)", "1"],
  ["isNumeric(text)", "0"],
  ["messageSize('é')", "2"],
  ["queryEndTime() - queryStartTime() - queryTimeRange()", "0"],
  // JSON functions
  ["jsonStringify(map)", '{"k":"v"}'],
  ["jsonArraySize(list)", "2"],
  ["jsonArraySize(text)", undefined],
  ["jsonArrayContains(list, 'b')", "1"],
  ["jsonArrayContains(list, 'B')", "0"],
  // Addresses
  ["isValidIp(ip)", "1"],
  ["isValidIpV4('1.2.3')", "0"],
  ["isValidIpV6('::1')", "1"],
  ["isIpInSubnet(ip, '10.0.0.0/8')", "1"],
  ["isIpv4InSubnet(ip, '11.0.0.0/8')", "0"],
  ["isIpv6InSubnet('2001:db8::1', '2001:db8::/32')", "1"],
  ["ipv4ToNumber(ip)", "167838211"],
  ["isPrivateIP('172.20.0.1')", "1"],
  ["isPublicIP('8.8.8.8')", "1"],
  ["isPublicIP(ip)", "0"],
  ["isReservedIP('127.0.0.1')", "1"],
  // Strings
  ["isempty(nothing)", "1"],
  ["isblank('  ')", "1"],
  ["concat(ip, '/', n)", "10.1.2.3/7.25"],
  ["ltrim('xyZxyfooxyZ', 'xyZ')", "fooxyZ"],
  ["rtrim('xyZfooxyxyZ', 'xyZ')", "xyZfoo"],
  ["trim(text)", 'Ab"c'],
  ["strlen('é😀')", "2"],
  ["toupper(ip)", "10.1.2.3"],
  ["tolower('Ab')", "ab"],
  ["substr('xyZfooxyZ', 3, 3)", "foo"],
  ["replace('foo', 'o', '0')", "f00"],
  ["regexReplace('a1b22', '[0-9]+', '#')", "a#b#"],
  ["regexReplace('k=v', '(\\w)=(\\w)', '$2=$1')", "v=k"],
  ["strcontains('abc', 'B')", "0"],
  ["strcontains('abc', 'B', 1 = 1)", "1"],
  ["startsWith(ip, '10.')", "1"],
  ["endsWith(ip, '.4')", "0"],
  ["urlencode('a b&c')", "a%20b%26c"],
  ["urldecode('a%20b%26c')", "a b&c"],
  ["base64encode('ab')", "YWI="],
  ["base64decode('YWI=')", "ab"],
  ["split('a,b', ',')", '["a","b"]'],
  ["hexToAscii('48656c6c6f')", "Hello"],
  ["hexToDec('0xff')", "255"],
  ["decToHex(255.9)", "0xff"],
  ["decToHex(-255)", "-0xff"],
  // Hashes
  ["md5('a')", "0cc175b9c0f1b6a831c399e269772661"],
  ["sha256('a')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
  ["unmask(ip)", "10.1.2.3"],
])("%s", async (expression, expected) => {
  expect(await resultOf(expression)).toBe(expected);
});
