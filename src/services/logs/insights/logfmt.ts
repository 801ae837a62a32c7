const PAIR = /([^\s="]+)(?:=(?:"((?:[^"\\]|\\.)*)"|(\S*)))?/g;

/** What a line such as `level=info msg="all well" done` says, by its names; a name alone is true. */
export function parseLogfmt(line: string): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  let hasPairs = false;
  for (const [whole, name = "", quoted, bare] of line.matchAll(PAIR)) {
    hasPairs ||= whole.includes("=");
    found[name] = quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? "true";
  }
  return hasPairs ? found : undefined;
}
