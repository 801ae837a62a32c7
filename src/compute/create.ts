import { existsSync, readdirSync, renameSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Fault, platformFault } from "../kernel/faults.ts";
import type { FunctionVersion, Invocation, InvocationResult, Provisioning } from "../kernel/functions.ts";
import { CodeStore } from "./code.ts";
import type { Census, Compute, ComputeOptions } from "./compute.ts";
import { Escapees } from "./escapees.ts";
import { Fleet } from "./fleet.ts";
import { Java } from "./java.ts";
import type { Machinery } from "./machinery.ts";
import { MemoryWatch } from "./memory.ts";
import { Pool } from "./pool.ts";
import { ProvisionedFleet } from "./provisioned.ts";
import { Reaper } from "./reaper.ts";
import { runtimeKind } from "./runtimes.ts";
import { Starts } from "./starts.ts";

/** A burst of fifty starts side by side. */
const STARTS_AT_ONCE = 64;

/** Runs functions as processes of this machine. Starts nothing before the first function is prepared. */
export function createCompute(options: ComputeOptions): Compute {
  return new ProcessCompute(options);
}

/**
 * Removes what an earlier platform on this folder left, in its own time. Unpacked code is not used again:
 * systems clean their temporary files one by one, and nobody would see what is missing.
 */
function setAside({ folder, ids, log }: ComputeOptions): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names) {
    const doomed = join(folder, name.startsWith(OLD) ? name : `${OLD}${ids.hex(8)}`);
    try {
      renameSync(join(folder, name), doomed);
    } catch (error) {
      log.warn("What an earlier run left could not be set aside.", { folder: join(folder, name), error });
    }
    void rm(doomed, { recursive: true, force: true }).catch(() => {});
  }
}

const OLD = "old-";

class ProcessCompute implements Compute {
  readonly #options: ComputeOptions;
  readonly #reaper = new Reaper();
  readonly #machinery: Machinery;
  readonly #fleets = new Map<string, Fleet>();
  readonly #provisioned = new Map<string, ProvisionedFleet>();
  /** Fleets that no new invocation reaches, until their last environment has answered. */
  readonly #retiring = new Set<Fleet>();
  /** By function: the version that was prepared last. Its code may never have been run. */
  readonly #prepared = new Map<string, FunctionVersion>();
  #closing: Promise<void> | undefined;

  constructor(options: ComputeOptions) {
    this.#options = options;
    const pool = new Pool(this.#reaper, new Java(options));
    const code = new CodeStore(options);
    this.#machinery = {
      options,
      pool,
      reaper: this.#reaper,
      code,
      memory: new MemoryWatch(),
      escapees: new Escapees(),
      starts: new Starts(STARTS_AT_ONCE),
    };
    setAside(options);
  }

  async invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationResult> {
    if (this.#closing) throw platformFault("ServiceUnavailable");
    if (!runtimeKind(version.runtime)) {
      const others = "Node.js, Python, Java and custom runtimes can";
      const message = `The runtime ${version.runtime} cannot be run here: ${others}.`;
      throw new Fault("InvalidRuntimeException", message, { status: 502 });
    }
    const ahead = invocation.provisioned ? this.#provisioned.get(keyOf(version)) : undefined;
    return ahead?.invoke(invocation) ?? this.#fleet(version).invoke(invocation);
  }

  async provision(version: FunctionVersion, count: number): Promise<Provisioning> {
    const key = keyOf(version);
    const known = this.#provisioned.get(key);
    if (!known && count === 0) return { status: "ready" };
    if (this.#closing) return { status: "failed", reason: "The platform is ending." };
    const fleet = known ?? new ProvisionedFleet(this.#machinery, version);
    this.#provisioned.set(key, fleet);
    const outcome = await fleet.resize(count);
    if (count > 0) return outcome;
    this.#provisioned.delete(key);
    await fleet.close();
    return outcome;
  }

  census(version: FunctionVersion): Census {
    const key = keyOf(version);
    const ahead = this.#provisioned.get(key);
    return {
      onDemand: this.#fleets.get(key)?.size ?? 0,
      provisioned: ahead?.allocated ?? 0,
      free: ahead?.free ?? 0,
    };
  }

  prepare(version: FunctionVersion): void {
    const kind = runtimeKind(version.runtime);
    if (!kind || this.#closing) return;
    this.#machinery.pool.want(kind);
    const before = this.#prepared.get(version.arn);
    this.#prepared.set(version.arn, version);
    if (before) this.#discard(before, version);
    this.#machinery.code.unpack(version).catch((error: unknown) => {
      this.#options.log.warn("A function's code could not be unpacked.", { function: version.arn, error });
    });
  }

  #discard(version: FunctionVersion, successor: FunctionVersion): void {
    this.#machinery.code.discard(version, successor).catch((error: unknown) => {
      this.#options.log.warn("Old code could not be removed.", { function: version.arn, error });
    });
  }

  retire(functionArn: string): void {
    for (const [key, fleet] of this.#fleets) {
      if (fleet.version.arn !== functionArn) continue;
      this.#fleets.delete(key);
      this.#retiring.add(fleet);
      const done = fleet.retire().catch((error: unknown) => {
        this.#options.log.warn("Environments could not be ended.", { function: fleet.version.arn, error });
      });
      void done.then(() => this.#retiring.delete(fleet));
    }
  }

  async reset(): Promise<void> {
    const fleets = [...this.#fleets.values(), ...this.#retiring, ...this.#provisioned.values()];
    this.#fleets.clear();
    this.#provisioned.clear();
    this.#prepared.clear();
    await Promise.all(fleets.map((fleet) => fleet.kill()));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const waiting = this.#machinery.pool.close();
    const fleets = [...this.#fleets.values(), ...this.#retiring, ...this.#provisioned.values()];
    await Promise.all([...waiting, ...fleets.map((fleet) => fleet.close())]);
    this.#machinery.memory.close();
    await this.#reaper.close();
    await this.#machinery.code.settle();
    await this.#machinery.code.prune();
    await rm(join(this.#options.folder, "tmp"), { recursive: true, force: true });
  }

  #fleet(version: FunctionVersion): Fleet {
    const key = keyOf(version);
    let fleet = this.#fleets.get(key);
    if (!fleet) {
      fleet = new Fleet(this.#machinery, version);
      this.#fleets.set(key, fleet);
    }
    return fleet;
  }
}

const keyOf = ({ arn, version, revision }: FunctionVersion): string => `${arn}:${version}:${revision}`;
