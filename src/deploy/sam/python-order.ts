/**
 * The order in which Python 2.7 walks a dict: by slots of a hash table, so it depends on what was put in and
 * taken out, and when. The ids of an API's deployments are hashes of text written in this order, and an id
 * that differed from AWS's would differ from what users know.
 * https://github.com/python/cpython/blob/v2.7.18/Objects/dictobject.c
 */
export class PythonOrder {
  /** Undefined is where a key was removed. */
  #slots = new Map<number, string | undefined>();
  #used = 0;
  #filled = 0;
  #mask = LEAST_SLOTS - 1;

  add(key: string): void {
    const before = this.#used;
    const slot = this.#slotOf(key);
    if (!this.#slots.has(slot)) {
      this.#used += 1;
      this.#filled += 1;
    } else if (this.#slots.get(slot) === undefined) this.#used += 1;
    this.#slots.set(slot, key);
    if (this.#used > before && this.#filled * 3 >= (this.#mask + 1) * 2) this.#resize(this.#used * 4);
  }

  remove(key: string): void {
    const slot = this.#slotOf(key);
    if (this.#slots.get(slot) === undefined) return;
    this.#slots.set(slot, undefined);
    this.#used -= 1;
  }

  /** What `update` with a dict does first: it makes room for all, then adds. */
  merge(keys: readonly string[]): void {
    if (keys.length === 0) return;
    if ((this.#filled + keys.length) * 3 >= (this.#mask + 1) * 2)
      this.#resize((this.#used + keys.length) * 2);
    for (const key of keys) this.add(key);
  }

  keys(): string[] {
    const slots = [...this.#slots.entries()].sort(([one], [other]) => one - other);
    return slots.flatMap(([, key]) => (key === undefined ? [] : [key]));
  }

  #slotOf(key: string): number {
    let [high, low] = pythonHash(key);
    let slot = (low & this.#mask) >>> 0;
    let walker = slot;
    let free: number | undefined;
    while (this.#slots.has(slot) && this.#slots.get(slot) !== key) {
      if (free === undefined && this.#slots.get(slot) === undefined) free = slot;
      walker = (Math.imul(walker, 5) + low + 1) >>> 0;
      slot = (walker & this.#mask) >>> 0;
      if (!this.#slots.has(slot)) return free ?? slot;
      if (this.#slots.get(slot) === key) return slot;
      low = ((low >>> 5) | (high << 27)) >>> 0;
      high >>>= 5;
    }
    return slot;
  }

  #resize(wanted: number): void {
    let slots = LEAST_SLOTS;
    while (slots <= wanted) slots *= 2;
    const keys = this.keys();
    this.#mask = slots - 1;
    this.#slots = new Map();
    this.#used = 0;
    this.#filled = 0;
    for (const key of keys) this.add(key);
  }
}

const LEAST_SLOTS = 8;
const TWO_32 = 2 ** 32;

/** Python 2.7's hash of a text, 64 bits as two halves. */
function pythonHash(text: string): [high: number, low: number] {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  if (points.length === 0) return [0, 0];
  let high = 0;
  let low = ((points[0] ?? 0) << 7) >>> 0;
  for (const point of points) {
    const product = low * 1000003;
    high = (Math.imul(high, 1000003) + Math.floor(product / TWO_32)) >>> 0;
    low = ((product % TWO_32) ^ point) >>> 0;
  }
  return [high, (low ^ points.length) >>> 0];
}
