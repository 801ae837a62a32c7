import { setImmediate } from "node:timers";
import { platformFault } from "../kernel/faults.ts";
import { Queue } from "./queue.ts";
import { RecentValues } from "./recent.ts";
import type { State } from "./state.ts";
import type { Key, Store, Transaction } from "./store.ts";
import { BufferedTransaction } from "./transaction.ts";
import { decodeValue, encodeValue } from "./values.ts";
import { Watches } from "./watches.ts";

/** So many bodies in one turn of the event loop; then everything else has its turn. */
const MOST_PER_TURN = 1000;
/** A body that conflicts so often brings the conflict about itself, or waits for who does. */
const MOST_CONFLICTS = 1000;
/** Sorts before every tuple, and is none. */
const SEQUENCE_KEY = "\0sequence";

interface Job {
  readonly body: (tx: Transaction) => Promise<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  conflicts: number;
}

interface Attempt {
  readonly job: Job;
  readonly tx: BufferedTransaction;
}

/** A body awaits something that changes what it has read, over and over: a bug of the caller. */
class EndlessConflict extends Error {
  override readonly name = "EndlessConflict";
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/**
 * Runs transaction bodies on a state, one after another: what a body awaits of its transaction is there
 * at once, so a body ends within one turn of the event loop, alone, and no conflict can arise.
 *
 * A body that awaits anything else would hold up everyone. When the turn ends it gives up its place and
 * goes on beside the others. Whatever commits in the middle of a body's run and touches what that body has
 * read makes it run again, so every outcome is as if bodies had run one by one, in the order of their
 * commits.
 */
export class Executor implements Store {
  readonly #state: State;
  readonly #watches = new Watches();
  readonly #recent = new RecentValues();
  readonly #overtaken = new Set<Attempt>();
  readonly #queue = new Queue<Job>();
  #alone: Attempt | undefined;
  #turnEnds = false;
  #pauses = 0;
  #closed = false;
  #startedThisTurn = 0;
  #sequence: number;

  constructor(state: State) {
    this.#state = state;
    this.#sequence = storedSequence(state);
    state.onLost(() => {
      this.#recent.clear();
      this.#alone?.tx.conflict();
      for (const { tx } of this.#overtaken) tx.conflict();
    });
  }

  transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(platformFault("ServiceUnavailable"));
    return new Promise<unknown>((resolve, reject) => {
      this.#queue.push({ body, resolve, reject, conflicts: 0 });
      this.#next();
    }) as Promise<T>;
  }

  watch(prefix: Key, signal: AbortSignal): Promise<void> {
    return this.#watches.watch(prefix, signal);
  }

  async clear(): Promise<void> {
    this.#pauses++;
    try {
      while (this.#alone) await turn();
      for (const { tx } of this.#overtaken) tx.conflict();
      await this.#state.settled();
      await this.#state.clear();
      this.#recent.clear();
    } finally {
      this.#pauses--;
      this.#next();
    }
    this.#watches.notifyAll();
  }

  /** Runs what was asked for before; a body that waits for something foreign is given up. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#alone || this.#queue.length > 0) await turn();
    for (const { job, tx } of this.#overtaken) {
      tx.end();
      job.reject(platformFault("ServiceUnavailable"));
    }
    this.#overtaken.clear();
    await this.#state.settled();
    this.#watches.notifyAll();
    await this.#state.close();
  }

  #next(): void {
    if (this.#alone || this.#pauses > 0 || this.#startedThisTurn >= MOST_PER_TURN) return;
    const job = this.#queue.shift();
    if (job) this.#start(job);
  }

  #start(job: Job): void {
    const attempt: Attempt = { job, tx: new BufferedTransaction(this.#state, this.#recent) };
    this.#alone = attempt;
    this.#startedThisTurn++;
    if (!this.#turnEnds) {
      this.#turnEnds = true;
      setImmediate(() => this.#endTurn());
    }
    run(job, attempt.tx).then(
      (result) => this.#finish(attempt, { result }),
      (error: unknown) => this.#finish(attempt, { error }),
    );
  }

  /** All microtasks have run: a body that has not ended by now awaits something foreign. */
  #endTurn(): void {
    this.#turnEnds = false;
    this.#startedThisTurn = 0;
    if (this.#alone) this.#overtaken.add(this.#alone);
    this.#alone = undefined;
    this.#next();
  }

  #finish(attempt: Attempt, outcome: Outcome): void {
    const { job, tx } = attempt;
    if (this.#alone === attempt) this.#alone = undefined;
    else if (!this.#overtaken.delete(attempt)) return;
    if (tx.conflicted || (this.#pauses > 0 && "result" in outcome)) this.#retry(job);
    else if ("error" in outcome) answer(job, tx, outcome);
    else this.#commit(job, tx, outcome);
    tx.end();
    this.#next();
  }

  #retry(job: Job): void {
    if (++job.conflicts < MOST_CONFLICTS) this.#queue.unshift(job);
    else job.reject(new EndlessConflict("A transaction body waits for what changes what it has read"));
  }

  #commit(job: Job, tx: BufferedTransaction, outcome: Outcome): void {
    try {
      const before = this.#sequence;
      const changes = tx.changes(() => ++this.#sequence);
      if (changes.size > 0) {
        if (this.#sequence !== before) changes.set(SEQUENCE_KEY, encodeValue(this.#sequence));
        const flush = this.#state.apply(changes);
        this.#recent.forget(changes.keys());
        if (flush) tx.saw(flush);
        if (this.#alone?.tx.hasRead(changes)) this.#alone.tx.conflict();
        for (const { tx: other } of this.#overtaken) if (other.hasRead(changes)) other.conflict();
        this.#watches.notify(changes);
      }
      answer(job, tx, outcome);
    } catch (error) {
      answer(job, tx, { error });
    }
  }
}

/** A body that throws before its first await is one that rejects. */
async function run(job: Job, tx: BufferedTransaction): Promise<unknown> {
  return job.body(tx);
}

/** Answers once everything the body has read or written is safe; what is lost answers nothing. */
function answer(job: Job, tx: BufferedTransaction, outcome: Outcome): void {
  const settle = () => ("error" in outcome ? job.reject(outcome.error) : job.resolve(outcome.result));
  if (tx.awaited) tx.awaited.done.then(settle, job.reject);
  else settle();
}

function storedSequence(state: State): number {
  const stored = state.get(SEQUENCE_KEY, { saw: () => {} });
  const sequence = stored && decodeValue(stored);
  return typeof sequence === "number" ? sequence : 0;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
