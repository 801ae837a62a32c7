/** The documents of an NDJSON answer, as they come; a connection that breaks ends them. */
export async function* jsonLinesOf<T>(response: Response): AsyncGenerator<T> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") yield JSON.parse(part) as T;
  }
}

/** Items as a reading command prints them with `--json`: one JSON document a line. */
export function jsonText(items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join("");
}
