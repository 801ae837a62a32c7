/** Node reads request lines and headers as Latin-1; this is the UTF-8 that clients mean, and sign. */
export function utf8Of(text: string): string {
  return /[\x80-\xff]/.test(text) ? Buffer.from(text, "latin1").toString() : text;
}
