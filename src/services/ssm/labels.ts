import type * as sdk from "@aws-sdk/client-ssm";
import type { Handlers } from "../define.ts";
import { fault, notFound } from "./faults.ts";
import { readNamed } from "./get.ts";
import { isLabel } from "./names.ts";
import { tellChange } from "./news.ts";
import { versionsOf, writeVersion } from "./records.ts";

const MOST_LABELS = 10;

/** Names for versions, each on one version at a time. */
export const labels = {
  async LabelParameterVersion(input, { scope, store, clock }) {
    return store.transact(async (tx) => {
      const latest = await readNamed(tx, { scope }, input.Name);
      if (!latest) throw notFound();
      const version = input.ParameterVersion ?? latest.version;
      const versions = await versionsOf(tx, scope, latest.name);
      const target = versions.find((each) => each.version === version);
      if (!target) throw noVersion(latest.name, version);
      const given = [...new Set(input.Labels ?? [])];
      const good = given.filter(isLabel);
      if (new Set([...target.labels, ...good]).size > MOST_LABELS) {
        throw fault(
          "ParameterVersionLabelLimitExceeded",
          "An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion " +
            `operation: A parameter version can have maximum ${MOST_LABELS} labels.`,
        );
      }
      for (const each of versions) {
        const kept = each.labels.filter((label) => !good.includes(label));
        const labels = each === target ? [...kept, ...good] : kept;
        if (each === target || kept.length < each.labels.length)
          writeVersion(tx, scope, { ...each, labels }, each.version === latest.version);
      }
      tellChange(tx, scope, clock.now(), "LabelParameterVersion", latest);
      return { InvalidLabels: given.filter((label) => !isLabel(label)), ParameterVersion: version };
    });
  },

  async UnlabelParameterVersion(input, { scope, store }) {
    return store.transact(async (tx) => {
      const latest = await readNamed(tx, { scope }, input.Name);
      if (!latest) throw notFound();
      const version = input.ParameterVersion ?? 0;
      const target = (await versionsOf(tx, scope, latest.name)).find((each) => each.version === version);
      if (!target) throw noVersion(latest.name, version);
      const given = input.Labels ?? [];
      const removed = given.filter((label) => target.labels.includes(label));
      const labels = target.labels.filter((label) => !removed.includes(label));
      writeVersion(tx, scope, { ...target, labels }, version === latest.version);
      return { RemovedLabels: removed, InvalidLabels: given.filter((label) => !removed.includes(label)) };
    });
  },
} satisfies Handlers<typeof sdk>;

const noVersion = (name: string, version: number) =>
  fault(
    "ParameterVersionNotFound",
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
