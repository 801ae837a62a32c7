import type * as sdk from "@aws-sdk/client-pipes";
import type { Context, Handlers, Output } from "../define.ts";
import { conflict } from "./faults.ts";
import { type PipeName, pipeArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import { checkParts, missingPart } from "./parts.ts";
import { type PipeRecord, pipesAfter, readPipe, writePipe } from "./records.ts";
import { requirePipe } from "./require.ts";
import { batchingOf, filtersOf, shownParameters } from "./sources.ts";
import { checkedTags } from "./tags.ts";

export const pipes = {
  async CreatePipe(input, context) {
    const name = nameOf(input, context);
    const made = newPipe(name, input, context);
    await context.store.transact(async (tx) => {
      if (await readPipe(tx, name)) throw conflict(name.name, `Pipe ${name.name} already exists.`);
      writePipe(tx, made);
    });
    return stateOf(made);
  },

  async DescribePipe(input, context) {
    return describe(await context.store.transact((tx) => requirePipe(tx, nameOf(input, context))));
  },

  async UpdatePipe(input, context) {
    const nowMs = Math.floor(context.clock.now());
    return change(context, nameOf(input, context), (old) => {
      const target = input.Target ?? old.target;
      const enrichment = input.Enrichment ?? old.enrichment;
      const desired = input.DesiredState ?? old.desired;
      checkParts(old.source, enrichment || undefined, target);
      const missing = missingPart(old.source, enrichment || undefined, target);
      const { reason: _, enrichment: __, ...rest } = old;
      return {
        ...rest,
        target,
        ...(enrichment ? { enrichment } : {}),
        desired,
        roleArn: input.RoleArn ?? old.roleArn,
        batching: batchingOf(old.source, target, input.SourceParameters, old.batching),
        filters: input.SourceParameters?.FilterCriteria
          ? filtersOf(input.SourceParameters.FilterCriteria)
          : old.filters,
        ...given("description", input.Description),
        ...given("enrichmentParameters", input.EnrichmentParameters),
        ...given("targetParameters", input.TargetParameters),
        ...given("logging", loggingOf(input.LogConfiguration)),
        ...given("kmsKey", input.KmsKeyIdentifier),
        modifiedMs: nowMs,
        ...(missing === undefined ? { current: "UPDATING" } : { current: "UPDATE_FAILED", reason: missing }),
      };
    });
  },

  async DeletePipe(input, context) {
    return change(context, nameOf(input, context), (old) => ({
      ...old,
      desired: "DELETED",
      current: "DELETING",
    }));
  },

  async StartPipe(input, context) {
    return turn(context, nameOf(input, context), "RUNNING");
  },

  async StopPipe(input, context) {
    return turn(context, nameOf(input, context), "STOPPED");
  },

  async ListPipes(input, { scope, store }) {
    const { NamePrefix = "", SourcePrefix = "", TargetPrefix = "", DesiredState, CurrentState } = input;
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => pipesAfter(tx, scope, after),
        input,
        ({ name }) => name,
        ({ name, source, target, desired, current }) =>
          name.startsWith(NamePrefix) &&
          source.startsWith(SourcePrefix) &&
          target.startsWith(TargetPrefix) &&
          (DesiredState === undefined || DesiredState === desired) &&
          (CurrentState === undefined || CurrentState === current),
      ),
    );
    return { Pipes: items.map(summarize), ...token };
  },
} satisfies Handlers<typeof sdk>;

function nameOf({ Name = "" }: { readonly Name?: string | undefined }, { scope }: Context): PipeName {
  return { ...scope, name: Name };
}

function newPipe(
  { account, region, name }: PipeName,
  input: Parameters<(typeof pipes)["CreatePipe"]>[0],
  { ids, clock }: Context,
): PipeRecord {
  const { Source: source = "", Target: target = "", Enrichment } = input;
  checkParts(source, Enrichment || undefined, target);
  const nowMs = Math.floor(clock.now());
  const missing = missingPart(source, Enrichment || undefined, target);
  return {
    v: 1,
    ...{ account, region, name, source, target },
    id: ids.uuid(),
    revision: ids.hex(16),
    roleArn: input.RoleArn ?? "",
    desired: input.DesiredState ?? "RUNNING",
    batching: batchingOf(source, target, input.SourceParameters),
    filters: filtersOf(input.SourceParameters?.FilterCriteria),
    tags: checkedTags(input.Tags ?? {}),
    createdMs: nowMs,
    modifiedMs: nowMs,
    ...given("enrichment", Enrichment || undefined),
    ...given("description", input.Description),
    ...given("enrichmentParameters", input.EnrichmentParameters),
    ...given("targetParameters", input.TargetParameters),
    ...given("logging", loggingOf(input.LogConfiguration)),
    ...given("kmsKey", input.KmsKeyIdentifier),
    ...(missing === undefined ? { current: "CREATING" } : { current: "CREATE_FAILED", reason: missing }),
  };
}

/** A member that is there, or none. */
function given<Name extends string, Value>(name: Name, value: Value | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value };
}

/** Starts or stops a pipe; one that does so already is left alone. */
function turn(context: Context, name: PipeName, desired: "RUNNING" | "STOPPED") {
  return change(context, name, (old) => {
    if (old.desired === desired && old.current === desired) return old;
    return { ...old, desired, current: desired === "RUNNING" ? "STARTING" : "STOPPING" };
  });
}

const ON_THE_WAY: ReadonlySet<string> = new Set(["CREATING", "UPDATING", "STARTING", "STOPPING", "DELETING"]);

/** Changes a pipe that is not just being changed; what it does from now on has a revision of its own. */
async function change(context: Context, name: PipeName, make: (old: PipeRecord) => PipeRecord) {
  const revision = context.ids.hex(16);
  const pipe = await context.store.transact(async (tx) => {
    const old = await requirePipe(tx, name);
    if (ON_THE_WAY.has(old.current)) {
      throw conflict(name.name, `Pipe ${name.name} cannot be changed while it is ${old.current}.`);
    }
    const made = make(old);
    if (made === old) return old;
    const next = { ...made, revision };
    writePipe(tx, next);
    return next;
  });
  return stateOf(pipe);
}

/** The logging as it is shown, of what was asked for. */
function loggingOf(
  asked: sdk.PipeLogConfigurationParameters | undefined,
): sdk.PipeLogConfiguration | undefined {
  if (!asked) return undefined;
  const { S3LogDestination, FirehoseLogDestination, CloudwatchLogsLogDestination, ...rest } = asked;
  const { LogGroupArn } = CloudwatchLogsLogDestination ?? {};
  return {
    ...rest,
    ...(S3LogDestination ? { S3LogDestination } : {}),
    ...(FirehoseLogDestination ? { FirehoseLogDestination } : {}),
    ...(LogGroupArn === undefined ? {} : { CloudwatchLogsLogDestination: { LogGroupArn } }),
  };
}

function stateOf(pipe: PipeRecord): Output<typeof sdk.CreatePipeCommand> {
  return {
    Arn: pipeArn(pipe),
    Name: pipe.name,
    DesiredState: pipe.desired as sdk.RequestedPipeState,
    CurrentState: pipe.current,
    CreationTime: new Date(pipe.createdMs),
    LastModifiedTime: new Date(pipe.modifiedMs),
  };
}

function summarize(pipe: PipeRecord): sdk.Pipe {
  return {
    ...stateOf(pipe),
    Source: pipe.source,
    Target: pipe.target,
    ...given("Enrichment", pipe.enrichment),
    ...given("StateReason", pipe.reason),
  };
}

function describe(pipe: PipeRecord): Output<typeof sdk.DescribePipeCommand> {
  return {
    ...summarize(pipe),
    DesiredState: pipe.desired,
    SourceParameters: shownParameters(pipe.source, pipe.batching, pipe.filters),
    RoleArn: pipe.roleArn,
    Tags: pipe.tags,
    ...given("Description", pipe.description),
    ...given("EnrichmentParameters", pipe.enrichmentParameters),
    ...given("TargetParameters", pipe.targetParameters),
    ...given("LogConfiguration", pipe.logging),
    ...given("KmsKeyIdentifier", pipe.kmsKey),
  };
}
