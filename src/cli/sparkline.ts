const STEPS = "▁▂▃▄▅▆▇█";

/** A number a cell: none is a blank, and the most of all is a full block. */
export function sparkline(values: readonly number[], most: number): string {
  return values
    .map((value) => {
      if (value <= 0 || most <= 0) return " ";
      return STEPS[Math.min(STEPS.length - 1, Math.ceil((value / most) * STEPS.length) - 1)];
    })
    .join("");
}
