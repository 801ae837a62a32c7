import type { Scope } from "../../../kernel/scope.ts";
import { Waits } from "../../../kernel/waits.ts";
import type { Key, Transaction, Value } from "../../../store/store.ts";
import type { Background } from "../../define.ts";

/** Where a new table's items come from. */
export type LoadSource =
  | { readonly from: "backup"; readonly blob: string }
  | { readonly from: "past"; readonly tableNumber: number; readonly atMs: number };

/** Work that is too long for a request. It stays noted until it is done, so that a restart takes it up. */
export type Job = Scope &
  (
    | { readonly kind: "backup"; readonly table: string; readonly backup: string }
    | { readonly kind: "load"; readonly table: string; readonly source: LoadSource }
    | { readonly kind: "export"; readonly table: string; readonly transfer: string }
    | { readonly kind: "import"; readonly table: string; readonly transfer: string }
    | { readonly kind: "bulk"; readonly table: string; readonly operation: string }
    | {
        readonly kind: "replica";
        readonly table: string;
        readonly replica: string;
        readonly replicaAccount?: string;
      }
  );

type JobOf<Kind> = Extract<Job, { readonly kind: Kind }>;

/** How a job waits for a time of the clock: meanwhile it is no work under way. */
export interface Pause {
  /** To be called before it is looked whether there is a reason to wait. */
  arm(): void;
  /** Resolves at that time, or when the job is noted anew, or the platform stops. */
  until(atMs: number): Promise<void>;
}

/** What does a kind of job, and notes its outcome; the job's note is removed when it has run. */
export type Runners = {
  readonly [Kind in Job["kind"]]: (job: JobOf<Kind>, background: Background, pause: Pause) => Promise<void>;
};

const JOBS: Key = ["ddb", "job"];

export function putJob(tx: Transaction, id: string, job: Job): void {
  tx.set([...JOBS, id], job as unknown as Value);
}

/** Runs the jobs that are noted, side by side. */
export async function workOnJobs(background: Background, runners: Runners): Promise<void> {
  const { store, signal, log } = background;
  const active = new Map<string, Promise<void>>();
  const run = async (id: string, job: Job) => {
    const { pause, end } = begun(background, id);
    try {
      const runner = runners[job.kind] as (job: Job, background: Background, pause: Pause) => Promise<void>;
      await runner(job, background, pause);
      await store.transact(async (tx) => tx.delete([...JOBS, id]));
    } catch (error) {
      // It is taken up again by the next start.
      if (!signal.aborted) log.error(`a ${job.kind} of a table failed`, { table: job.table, error });
    } finally {
      end();
    }
  };
  while (!signal.aborted) {
    const noted = store.watch(JOBS, signal);
    const end = background.begin();
    try {
      for (const [id, job] of await jobsIn(background)) {
        if (!active.has(id)) active.set(id, run(id, job));
      }
    } finally {
      end();
    }
    await noted;
  }
  await Promise.all(active.values());
}

function begun({ store, clock, signal, begin }: Background, id: string) {
  const waits = new Waits({ clock, begin, watch: () => store.watch([...JOBS, id], signal) });
  let end = begin();
  const pause: Pause = {
    arm: () => waits.arm(),
    async until(atMs) {
      end();
      end = await waits.next(atMs);
    },
  };
  return { pause, end: () => end() };
}

function jobsIn({ store }: Background): Promise<[string, Job][]> {
  return store.transact(notedJobs);
}

/** All that is noted, by its ids. */
export async function notedJobs(tx: Transaction): Promise<[string, Job][]> {
  const jobs: [string, Job][] = [];
  for await (const [key, value] of tx.range({ prefix: JOBS })) {
    jobs.push([String(key.at(-1)), value as unknown as Job]);
  }
  return jobs;
}
