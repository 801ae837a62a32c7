const SIGNS: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** XML 1.0 has no way at all to write some characters: https://www.w3.org/TR/xml/#charsets */
const UNWRITABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** For text and attributes, of XML and of HTML. */
export function escaped(text: string): string {
  return text
    .replace(UNWRITABLE, "\ufffd")
    .replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign)
    .replaceAll("\r", "&#13;");
}
