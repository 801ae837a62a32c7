/** A bug that several functions have got with this file. @param {{ lines?: string[] }} order */
export function priceOf(order) {
  // @ts-expect-error: that is the bug.
  return order.lines.length * 7;
}
