// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates write references so
// Mapping templates: the language, its values, and what API Gateway gives them.
import { expect, test } from "vitest";
import { applyTemplate, type TemplateInput } from "./input.ts";
import { TemplateError } from "./nodes.ts";

const INPUT: TemplateInput = {
  body: JSON.stringify({
    name: "Ann O'Neil",
    age: 41,
    tags: ["a", "b"],
    address: { city: "Bern", zip: null },
    orders: [
      { id: 1, total: 5.5, paid: true },
      { id: 2, total: 20, paid: false },
    ],
  }),
  parameters: {
    path: { id: "7" },
    querystring: { q: "x y", id: "other" },
    header: { "X-Trace": "abc" },
  },
  context: { stage: "prod", authorizer: { principalId: "me" }, identity: { sourceIp: "1.2.3.4" } },
  stageVariables: { table: "orders" },
};

const render = (template: string, input: Partial<TemplateInput> = {}) =>
  applyTemplate(template, { ...INPUT, ...input }).text;

test.each([
  ["text and a $5 sign", "text and a $5 sign"],
  ["$nothing and ${nothing.at.all} and $!nothing.", "$nothing and ${nothing.at.all} and ."],
  ['#set($a = "x")$a ${a}b $a.length()', "x xb 1"],
  ["#set($a = 'no $b')$a", "no $b"],
  ['#set($b = 2)#set($a = "yes $b")$a', "yes 2"],
  ["#set($n = 7 / 2)$n #set($n = 7 % 4 + 2 * 3)$n #set($n = -1)$n", "3 9 -1"],
  ["#if(1 < 2 && !false)a#{else}b#end", "a"],
  ['{"a": #if(true)1#{else}2#end}', '{"a": 1}'],
  ["#if($nothing)a#elseif('x' == \"x\")b#else c#end", "b"],
  ["#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"],
  ["#foreach($i in ['a', 'b'])$foreach.count$foreach.index$i #if($foreach.last)#break#end#end", "10a 21b "],
  ["#set($m = {'a': 1, \"b\": [1, 2]})$m.a $m.b[1] $m.get('b').size() $m", "1 2 2 {a=1, b=[1,2]}"],
  ["#set($m = {})#set($m.k = 'v')$m.k $!m.put('z', 1)$m.containsKey('z')", "v true"],
  ["## gone\nkept #* gone *#too #[[ $raw #if ]]#", "kept too  $raw #if "],
  ["a\n  #if(true)\n  b\n  #else\n  c\n  #end\nd", "a\n  b\nd"],
  ["#macro(hi $who)Hi $who!#end#hi('Ann')#hi(2)", "Hi Ann!Hi 2!"],
  ["#define($d)[$x]#end#set($x = 1)$d", "[1]"],
  ["a#stop b", "a"],
  ["\\$a \\#if #unknown #5", "$a #if #unknown #5"],
  ['$util.escapeJavaScript("it\'s /")', "it\\'s \\/"],
  ["$util.base64Decode($util.base64Encode('hé'))", "hé"],
  ["$util.urlEncode('a b&~*') $util.urlDecode('a+b%26')", "a+b%26%7E* a b&"],
  ["#set($o = $util.parseJson('{\"a\":[1]}'))$o.a[0]", "1"],
  ["'x'.split #set($p = 'a,b,,'.split(','))", "'x'.split #set($p = 'a,b,,'.split(','))"],
])("%s", (template, text) => {
  if (template.includes("'a,b,,'.split")) {
    expect(() => render(template)).toThrow(/line 1/);
    return;
  }
  expect(render(template)).toBe(text);
});

test("$input gives the body, parts of it and the parameters", () => {
  expect(render("$input.body")).toBe(INPUT.body);
  expect(render("$input.json('$.address')")).toBe('{"city":"Bern","zip":null}');
  expect(render("$input.json('$.none') $input.json('$.address.zip')")).toBe('"" null');
  expect(render("$input.path('$.address') $input.path('$.tags') $input.path('$.age')")).toBe(
    '{city=Bern, zip=null} ["a","b"] 41',
  );
  expect(
    render("$input.params('id') $input.params('q') $input.params('x-trace') [$input.params('none')]"),
  ).toBe("7 x y abc []");
  expect(render("#foreach($k in $input.params().querystring.keySet())$k #end")).toBe("q id ");
  expect(render("$input.json('$')", { body: "" })).toBe("{}");
});

test("JSON paths find one value or a list", () => {
  const path = (text: string) => render(`$input.json("${text}")`);
  expect(path("$.orders[0].id")).toBe("1");
  expect(path("$.orders[-1].id")).toBe("2");
  expect(path("$.orders[*].id")).toBe("[1,2]");
  expect(path("$..total")).toBe("[5.5,20]");
  expect(path("$.orders[?(@.total > 10)].id")).toBe("[2]");
  expect(path("$.orders[?(@.paid == true && @.id in [1, 3])].id")).toBe("[1]");
  expect(path("$['address']['city']")).toBe('"Bern"');
  expect(path("$.tags[0:1]")).toBe('["a"]');
  expect(path("$.tags.length()")).toBe("2");
  expect(() => path("$.orders[")).toThrow(/JSON path/);
});

test("$context and $stageVariables are there, and overrides are told", () => {
  expect(render("$context.stage $context.authorizer.principalId $stageVariables.table")).toBe(
    "prod me orders",
  );
  const { responseOverride, requestOverride } = applyTemplate(
    "#set($context.responseOverride.status = 404)" +
      '#set($context.responseOverride.header.X-Why = "none")' +
      "#set($context.requestOverride.path.id = $input.params('id'))",
    INPUT,
  );
  expect(responseOverride).toMatchObject({ status: 404, header: { "X-Why": "none" } });
  expect(requestOverride.path).toEqual({ id: "7" });
});

test("a template that has no end, or goes too far, says where", () => {
  expect(() => render("a\n#if(true)")).toThrow("#if has no #end at line 2, column 10");
  expect(() => render("#set($a 1)")).toThrow(/"=" is missing at line 1/);
  expect(() => render("#foreach($i in [1..1001])#end")).toThrow(/too long/);
  expect(() => render("#macro(m)#m()#end#m()")).toThrow(/without end/);
});

test("objects of the platform give nothing of JavaScript away", () => {
  expect(render("$input.constructor $util.hasOwnProperty $context.constructor.name")).toBe(
    "$input.constructor $util.hasOwnProperty ",
  );
  expect(render("#set($a = 'x')$a.constructor('return 1') $a.at(0)")).toBe(
    "$a.constructor('return 1') $a.at(0)",
  );
});

test.each([
  ["a template", "#if(true)".repeat(20_000) + "#end".repeat(20_000)],
  ["an expression", `#set($a = ${"(".repeat(50_000)}1${")".repeat(50_000)})`],
  ["a sum", `#set($a = 1${" + 1".repeat(50_000)})`],
  [
    "a value that a loop makes",
    "#set($a = [])#foreach($i in [1..500])#foreach($j in [1..100])#set($a = [$a])#end#end$a",
  ],
])("%s that is nested thousands deep is refused as any other mistake", (_what, template) => {
  expect(() => render(template)).toThrow(TemplateError);
});

test("a body that is nested thousands deep is refused as well", () => {
  const body = "[".repeat(50_000) + "]".repeat(50_000);
  expect(() => render("$input.json('$')", { body })).toThrow(TemplateError);
});

test("ids with more digits than a double holds stay as they are", () => {
  const body = '{"id":12345678901234567890,"ids":[1,98765432109876543210],"text":"12345678901234567890"}';
  expect(render("$input.json('$.id') $input.path('$.id') $input.path('$.ids')", { body })).toBe(
    "12345678901234567890 12345678901234567890 [1,98765432109876543210]",
  );
  expect(render("$input.json('$')", { body })).toBe(body);
  expect(render("#set($x = $input.path('$.id') > 5)$x $util.parseJson($input.body).id", { body })).toBe(
    "true 12345678901234567890",
  );
});
