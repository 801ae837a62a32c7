import { expect, test } from "vitest";
import { parsePattern } from "./parse.ts";

const matches = (pattern: string, message: string) => parsePattern(pattern).match(message) !== undefined;

const ERRORS = [
  "[ERROR 400] BAD REQUEST",
  "[ERROR 401] UNAUTHORIZED REQUEST",
  "[ERROR 419] MISSING ARGUMENTS",
  "[ERROR 420] INVALID ARGUMENTS",
  "[SUCCESS 200] AUTHORIZED REQUEST",
  "[ERROR 500] INTERNAL SERVER ERROR",
];

// The examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
test.each<[string, number[]]>([
  ["ERROR", [0, 1, 2, 3, 5]],
  ["ERROR ARGUMENTS", [2, 3]],
  ["?SUCCESS ?ARGUMENTS", [2, 3, 4]],
  ["?SUCCESS ?ARGUMENTS REQUEST", [0, 1, 4]],
  ['"INTERNAL SERVER ERROR"', [5]],
  ["ERROR -ARGUMENTS", [0, 1, 5]],
  ['ERROR - "ARGUMENTS"', [0, 1, 5]],
  ["-ERROR", [4]],
  ['-"[ERROR"', [4]],
  ['" "', [0, 1, 2, 3, 4, 5]],
  ["", [0, 1, 2, 3, 4, 5]],
  ["error", []],
  ["%AUTHORIZED%", [1, 4]],
  ["%\\[ERROR 4[0-9]+\\] [BM]%", [0, 2]],
  ["%^\\[ERROR% -%REQUEST$%", [2, 3, 5]],
  ["?%4\\d{2}% ?SUCCESS", [0, 1, 2, 3, 4]],
])("terms: %s", (pattern, found) => {
  expect(ERRORS.map((_, at) => at).filter((at) => matches(pattern, ERRORS[at] ?? ""))).toEqual(found);
});

const TRAIL = JSON.stringify({
  eventType: "UpdateTrail",
  sourceIPAddress: "111.111.111.111",
  arrayKey: ["value", "another value"],
  objectList: [
    { name: "a", id: 1 },
    { name: "b", id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  OtherFlag: false,
  latency: 50.5,
  big: 1.2e9,
  code: "404",
  "dotted.name": "x",
  "hy-phen": 1,
  user: { id: 1, email: "John.Stiles@example.com" },
  coordinates: [
    [0, 1, 2],
    [4, 5, 6],
  ],
  actions: ["GET", "PUT", "DELETE"],
  middle: "Ev*ent",
});

test.each<[string, boolean]>([
  ['{ $.eventType = "UpdateTrail" }', true],
  ["{$.eventType=UpdateTrail}", true],
  ['{ $.eventType != "UpdateTrail" }', false],
  ['{ $.eventType = "Update*" }', true],
  ["{ $.eventType = *Trail }", true],
  ['{ $.eventType = "*pdateT*" }', true],
  ['{ $.eventType = "Up*Trail" }', false],
  ["{ $.middle = Ev*ent }", true],
  ["{ $.eventType = * }", true],
  ["{ $.none = * }", false],
  ["{ $.sourceIPAddress != 123.123.* }", true],
  ["{ $.sourceIPAddress = 111.111.* }", true],
  ['{ $.arrayKey[0] = "value" }', true],
  ["{ $.arrayKey[2] = * }", false],
  ["{ $.arrayKey = * }", false],
  ["{ $.arrayKey != x }", false],
  ["{ $.eventType[0] = U }", false],
  ["{ $.objectList[1].id = 2 }", true],
  ["{ $.coordinates[1][2] = 6 }", true],
  ["{ $.arrayKey[*] = %val.{2}% }", true],
  ['{ $.arrayKey[*] = "another value" }', true],
  ["{ $.arrayKey[*] = none }", false],
  ['{ $.arrayKey[*] != "value" }', true],
  ["{ $.objectList[*].id = 2 }", true],
  ["{ $.objectList[*].id > 2 }", false],
  ["{ $.objectList[*].none = 2 }", false],
  ["{ $.coordinates[1][*] = 6 }", true],
  ["{ $.eventType[*] = U }", false],
  ["{ $.user[*] = 1 }", false],
  ["{ $.* = %111\\.111\\.111\\.1[0-9]{1,2}% }", true],
  ["{ $.* = 222.* }", false],
  ["{ $.user.* = John.Stiles@* }", true],
  ["{ $.*.email = John.Stiles@* }", true],
  ["{ $.arrayKey.* = value }", false],
  ["{ $.* IS NULL }", true],
  ["{ $.user.* IS NULL }", false],
  ["{ $.* IS TRUE }", true],
  ["{ $.objectList[*].name NOT EXISTS }", false],
  ["{ $.objectList[*].none NOT EXISTS }", true],
  ["{ $.SomeObject IS NULL }", true],
  ["{ $.eventType IS NULL }", false],
  ["{ $.SomeObject NOT EXISTS }", false],
  ["{ $.SomeOtherObject NOT EXISTS }", true],
  ["{ $.SomeOtherObject != x }", false],
  ["{ $.ThisFlag IS TRUE }", true],
  ["{ $.ThisFlag is true && $.OtherFlag is false }", true],
  ["{ $.OtherFlag IS TRUE }", false],
  ["{ $.latency > 50 }", true],
  ["{ $.latency >= 50.5 && $.latency <= 5.05e1 }", true],
  ["{ $.latency < +50 }", false],
  ["{ $.latency = 50.50 }", true],
  ["{ $.latency != 500 }", true],
  ["{ $.latency = 5* }", true],
  ["{ $.big = 1200000000 }", true],
  ["{ $.code = 404 }", true],
  ["{ $.code > 400 }", true],
  ["{ $.code = 4* }", true],
  ["{ $.eventType > 1 }", false],
  ["{ $.['dotted.name'] = x && $['dotted.name'] = x }", true],
  ["{ $.hy-phen = 1 }", true],
  ["{ $.eventType = %^Update[A-Z]% }", true],
  ["{ $.eventType != %^Update[A-Z]% }", false],
  ['{ ($.user.id = 1) && ($.actions[0] = "GET") }', true],
  ['{ ($.user.id = 2 && $.eventType = x) || $.actions[2] = "GET" }', false],
  [
    '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = no }',
    true,
  ],
  [
    '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = no }',
    false,
  ],
])("JSON: %s", (pattern, found) => {
  expect(matches(pattern, TRAIL)).toBe(found);
  expect(matches(pattern, `${TRAIL}\n`)).toBe(found);
  expect(matches(pattern, `INFO ${TRAIL}`)).toBe(false);
});

const ACCESS = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

test.each<[string, boolean]>([
  ["[ip, user, username, timestamp, request, status_code, bytes]", true],
  ["[ip, user, username, timestamp, request, status_code]", false],
  ["[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", true],
  ["[..., request =*.html*, status_code = 4*, bytes]", true],
  ["[..., request=*.html*, status_code=4*,]", true],
  ["[ip, ..., status_code=4*, bytes]", true],
  ["[ip, user, ...]", true],
  ["[...]", true],
  ["[ip, user, username, timestamp, request, status_code = 404 || status_code = 410, bytes]", true],
  ["[ip, user, username, timestamp, request, status_code = 403 || status_code = 410, bytes]", false],
  ["[ip, user, username, timestamp, request, status_code = 4* && status_code > 403, bytes < 2000]", true],
  ["[ip, user, username, timestamp, request, status_code != 404, bytes]", false],
  ["[ip != 127.0.0.*, ...]", false],
  ["[ip = %127\\.0\\.0\\.[0-9]{1,3}%, ...]", true],
  ['[ip, user = "Prod", ...]', true],
  ["[w1=ERROR, w2]", false],
])("fields: %s", (pattern, found) => {
  expect(matches(pattern, ACCESS)).toBe(found);
});

test("words by their places", () => {
  const lines = ["ERROR WARN message", "ERROR message", "WARN message"];
  expect(lines.filter((line) => matches("[w1=ERROR, w2]", line))).toEqual(["ERROR message"]);
  expect(lines.filter((line) => matches("[w1=ERROR || W1=WARN, w2]", line))).toEqual(lines.slice(1));
  expect(lines.filter((line) => matches("[w1!=ERROR && w1!=WARN, w2]", line))).toEqual([]);
});

test("what was found is told by name", () => {
  const fields = parsePattern("[..., request=*.html*, status_code=4*,]").match(ACCESS);
  expect(fields?.all()).toEqual({
    $1: "127.0.0.1",
    $2: "Prod",
    $3: "frank",
    $4: "10/Oct/2000:13:25:15 -0700",
    $request: "GET /index.html HTTP/1.0",
    $status_code: "404",
    $7: "1534",
  });
  expect(fields?.value("$status_code")).toBe("404");
  const json = parsePattern("{ $.latency > 1 && $.user.id = 1 }").match(TRAIL);
  expect(json?.all()).toEqual({ "$.latency": "50.5", "$.user.id": "1" });
  expect(json?.value("$.objectList[0].name")).toBe("a");
  expect(json?.value("$.user")).toBeUndefined();
  expect(parsePattern("{ $.arrayKey[*] = * }").match(TRAIL)?.all()).toEqual({ "$.arrayKey[*]": "value" });
});

test.each([
  ["GET /index.html", "Invalid character(s) in term '/index.html'"],
  ["{ $.a = }", "expected a value at character 9"],
  ["{ $.a }", "expected an operator at character 7"],
  ["{ a = 1 }", "expected a selector such as $.name at character 3"],
  ["{ $.a = 1 && }", "expected a selector"],
  ["{ ($.a = 1 }", "expected ) at character 12"],
  ["{ $.a > abc }", "expected a number"],
  ["{ $.a = 1 } x", "expected the end"],
  ["{ $.a[*].b[*] = 1 }", "only one wildcard may stand in a selector"],
  ["{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.* = 1 }", "at most 3 wildcards"],
  ["[a, b", "expected ]"],
  ["[a, ..., b, ...]", "only one ... may stand"],
  ["%a(b)%", "parentheses"],
  ["%a!b%", "unsupported characters"],
  ["%[a%", "invalid regular expression"],
  ["%%", "is empty"],
])("%s is no pattern", (pattern, reason) => {
  expect(() => parsePattern(pattern)).toThrow(reason);
});
