import { type Price, priceOf } from "./prices.ts";

/** How much of a unit was used, or would be. */
export interface Quantity {
  /** `lambda:GB-second`, `sqs:SendMessage` */
  readonly unit: string;
  readonly quantity: number;
}

/** One line of a bill: quantity × usd ÷ per. */
export interface BillLine extends Quantity {
  readonly price: Price;
  readonly usd: number;
}

export interface Bill {
  /** The dearest first. */
  readonly lines: readonly BillLine[];
  readonly usd: number;
  /** Units that the price book does not have: they are not in the sum. */
  readonly unpriced: readonly string[];
}

/** What a usage costs, line by line. Equal units are added up. */
export function billOf(usage: Iterable<Quantity>): Bill {
  const totals = new Map<string, number>();
  for (const { unit, quantity } of usage) totals.set(unit, (totals.get(unit) ?? 0) + quantity);
  const lines: BillLine[] = [];
  const unpriced: string[] = [];
  for (const [unit, quantity] of totals) {
    const price = priceOf(unit);
    if (price) lines.push({ unit, quantity, price, usd: (quantity * price.usd) / price.per });
    else unpriced.push(unit);
  }
  lines.sort((one, other) => other.usd - one.usd);
  return { lines, usd: lines.reduce((sum, { usd }) => sum + usd, 0), unpriced };
}

/** The bill of the same usage so many times over. */
export function timesBill(bill: Bill, factor: number): Bill {
  const lines = bill.lines.map((line) => ({
    ...line,
    quantity: line.quantity * factor,
    usd: line.usd * factor,
  }));
  return { ...bill, lines, usd: bill.usd * factor };
}
