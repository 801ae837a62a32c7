import type { Command, TagChoice } from "./ast.ts";
import type { Parser } from "./parser.ts";

const MOST_PREFIXES = 5;
const MOST_ACCOUNTS = 20;
const CLASSES = ["STANDARD", "INFREQUENT_ACCESS"];

/** What of the groups is chosen. */
interface Choice {
  prefixes?: readonly string[];
  accounts?: readonly string[];
  classes: readonly string[];
  tags: readonly TagChoice[];
  dataSources?: readonly string[];
}

/**
 * `SOURCE '/app/x'`, or `SOURCE logGroups(namePrefix: ['/app'], class: ['STANDARD'])` and what else chooses
 * groups. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Source.html
 */
export function readSource(parser: Parser): Command {
  const choice: Choice = { classes: ["STANDARD"], tags: [] };
  let isChosen = false;
  for (let reader = readerOf(parser); reader; reader = readerOf(parser)) {
    parser.take();
    parser.expectWord("(");
    reader(parser, choice);
    parser.expectWord(")");
    isChosen = true;
  }
  const names = isChosen ? [] : readNames(parser);
  passTime(parser);
  if (!isChosen) return { kind: "source", source: { kind: "names", names } };
  const { prefixes, accounts, classes, tags, dataSources } = choice;
  return { kind: "source", source: { kind: "chosen", prefixes, classes, accounts, tags, dataSources } };
}

type Reader = (parser: Parser, choice: Choice) => void;

function readerOf(parser: Parser): Reader | undefined {
  if (parser.isWord("loggroups")) return readGroups;
  if (parser.isWord("loggrouptags")) return readTags;
  return parser.isWord("datasource") ? readDataSources : undefined;
}

function readNames(parser: Parser): string[] {
  const name = () => (parser.isName ? parser.name() : readText(parser));
  const names = [name()];
  while (parser.takesWord(",")) names.push(name());
  return names;
}

/** `start=-1d end=now`, as the console writes it: the request says which time it is. */
function passTime(parser: Parser): void {
  while (parser.takesOption("start", "end")) {
    parser.takesWord("-");
    parser.take();
  }
}

function readGroups(parser: Parser, choice: Choice): void {
  if (parser.isWord(")")) return;
  do {
    const token = parser.next;
    const name = parser.name().toLowerCase();
    parser.expectWord(":");
    const texts = readTexts(parser);
    // As the console writes it, an empty list chooses nothing.
    if (texts.length === 0) continue;
    if (name === "nameprefix") choice.prefixes = texts;
    else if (name === "accountidentifiers") choice.accounts = texts;
    else if (name === "class") choice.classes = texts;
    else parser.fail(token);
  } while (parser.takesWord(","));
  const { prefixes = [], accounts = [], classes } = choice;
  if (prefixes.length > MOST_PREFIXES) parser.problem("namePrefix has at most five prefixes");
  if (accounts.length > MOST_ACCOUNTS) parser.problem("accountIdentifiers has at most 20 accounts");
  if (!classes.every((one) => CLASSES.includes(one))) parser.problem("there is no such class");
}

/** `[{key: 'team', values: ['a', 'b*']}]`: groups with each of them. */
function readTags(parser: Parser, choice: Choice): void {
  const tags: TagChoice[] = [];
  parser.expectWord("[");
  do {
    parser.expectWord("{");
    readKey(parser, "key");
    const key = readText(parser);
    const values = parser.takesWord(",") ? readKey(parser, "values") && readTexts(parser) : [];
    parser.expectWord("}");
    tags.push({ key, values });
  } while (parser.takesWord(","));
  parser.expectWord("]");
  choice.tags = tags;
}

function readKey(parser: Parser, key: string): true {
  parser.expectWord(key);
  parser.expectWord(":");
  return true;
}

function readDataSources(parser: Parser, choice: Choice): void {
  choice.dataSources = readTexts(parser);
}

function readText(parser: Parser): string {
  const token = parser.take();
  return token.kind === "text" ? token.value : parser.fail(token);
}

/** A list of texts, or one by itself. */
function readTexts(parser: Parser): string[] {
  if (!parser.takesWord("[")) return [readText(parser)];
  const texts: string[] = [];
  if (!parser.isWord("]")) {
    do texts.push(readText(parser));
    while (parser.takesWord(","));
  }
  parser.expectWord("]");
  return texts;
}
