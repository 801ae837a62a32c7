// Services with the Query protocol answer API Gateway in JSON: it asks them to, and templates rely on it.

interface Element {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

const TOKEN = /<\?[^>]*\?>|<(\/?)([\w:.-]+)[^>]*?(\/?)>|([^<]+)/g;

/** `<PublishResponse>…` as `{"PublishResponse": …}`; undefined for what is no answer of the protocol. */
export function queryJson(xml: string): string | undefined {
  const root = parse(xml);
  if (!root || !/^(?:\w+Response)$/.test(root.name)) return undefined;
  // Errors stand by themselves.
  const value = jsonOf(root);
  return JSON.stringify(root.name === "ErrorResponse" ? value : { [root.name]: value });
}

function parse(xml: string): Element | undefined {
  const top: Element = { name: "", children: [], text: "" };
  const open = [top];
  for (const [, closes, name, isEmpty, text] of xml.matchAll(TOKEN)) {
    const inner = open.at(-1);
    if (!inner) return undefined;
    if (text !== undefined) inner.text += unescaped(text);
    else if (closes) open.pop();
    else if (name !== undefined) {
      const element: Element = { name, children: [], text: "" };
      inner.children.push(element);
      if (!isEmpty) open.push(element);
    }
  }
  return open.length === 1 ? top.children[0] : undefined;
}

/** Lists are of members, or of what has one name and comes again; SQS's messages are one always. */
function jsonOf({ children, text }: Element): unknown {
  if (children.length === 0) return text;
  if (children.every(({ name }) => name === "member")) return children.map(jsonOf);
  const members = new Map<string, unknown>();
  for (const child of children) {
    const { name } = child;
    const isMessage = name === "Message" && child.children.length > 0;
    const before = members.get(isMessage ? "messages" : name);
    const value = jsonOf(child);
    if (isMessage) members.set("messages", [...((before as unknown[] | undefined) ?? []), value]);
    else if (before === undefined) members.set(name, value);
    else members.set(name, Array.isArray(before) ? [...before, value] : [before, value]);
  }
  return Object.fromEntries(members);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });
}
