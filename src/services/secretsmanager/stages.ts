// Staging labels: each is attached to one version at most. Pure.
import type { VersionRecord } from "./records.ts";

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
export const PENDING = "AWSPENDING";

/** Versions without labels beyond so many are forgotten, oldest first. */
const MOST_VERSIONS = 100;

export const versionAt = (versions: readonly VersionRecord[], stage: string): VersionRecord | undefined =>
  versions.find(({ stages }) => stages.includes(stage));

/** Versions with a label at one of them; where AWSCURRENT goes, AWSPREVIOUS marks where it was. */
export function withStage(
  versions: readonly VersionRecord[],
  stage: string,
  id: string | undefined,
): readonly VersionRecord[] {
  const before = versionAt(versions, stage);
  if (before?.id === id) return versions;
  const moved = versions.map((version) => ({
    ...version,
    stages:
      version.id === id
        ? [...version.stages.filter((one) => stage !== CURRENT || one !== PREVIOUS), stage]
        : version.stages.filter((one) => one !== stage),
  }));
  return stage === CURRENT && before ? withStage(moved, PREVIOUS, before.id) : moved;
}

/** Adds or completes a version, and has labels at it. */
export function withVersion(
  versions: readonly VersionRecord[],
  version: VersionRecord,
  stages: readonly string[],
): readonly VersionRecord[] {
  const known = versions.find(({ id }) => id === version.id);
  const all = known
    ? versions.map((one) => (one.id === version.id ? { ...one, hasValue: version.hasValue } : one))
    : [...versions, version];
  return stages.reduce<readonly VersionRecord[]>(
    (changed, stage) => withStage(changed, stage, version.id),
    all,
  );
}

/** Versions that are kept, and the ids of those that are forgotten. */
export function pruned(versions: readonly VersionRecord[]) {
  const idle = versions.filter(({ stages }) => stages.length === 0);
  const gone = new Set(idle.slice(0, Math.max(0, versions.length - MOST_VERSIONS)).map(({ id }) => id));
  return { kept: versions.filter(({ id }) => !gone.has(id)), gone: [...gone] };
}
