import {
  CancelReplayCommand,
  CreateArchiveCommand,
  type CreateArchiveCommandInput,
  DeleteArchiveCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  DisableRuleCommand,
  ListArchivesCommand,
  ListReplaysCommand,
  ListRulesCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  type StartReplayCommandInput,
  UpdateArchiveCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { ANY_SOURCE, entry, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents();
const DAY_MS = 86_400_000;
const busArn = (bus: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${bus}`;

/** A bus with an archive of it, and a rule that leads to a queue. */
async function archived(more: Partial<CreateArchiveCommandInput> = {}) {
  const bus = await on.bus();
  const ArchiveName = fresh("archive");
  const queue = await on.queue();
  const rule = await on.rule(
    { Name: "all", EventBusName: bus, EventPattern: ANY_SOURCE },
    { Id: "q", Arn: queue.arn },
  );
  const created = await on.events.send(
    new CreateArchiveCommand({ ArchiveName, EventSourceArn: busArn(bus), ...more }),
  );
  return { bus, ArchiveName, queue, rule, arn: created.ArchiveArn ?? "" };
}

const describeArchive = (ArchiveName: string) => on.events.send(new DescribeArchiveCommand({ ArchiveName }));

async function replay(archive: { arn: string; bus: string }, more: Partial<StartReplayCommandInput> = {}) {
  const ReplayName = fresh("replay");
  await on.events.send(
    new StartReplayCommand({
      ReplayName,
      EventSourceArn: archive.arn,
      EventStartTime: new Date("2024-01-01T00:00:00Z"),
      EventEndTime: new Date("2025-01-01T00:00:00Z"),
      Destination: { Arn: busArn(archive.bus) },
      ...more,
    }),
  );
  await on.nuage.idle();
  return { ReplayName, ...(await on.events.send(new DescribeReplayCommand({ ReplayName }))) };
}

const at = (time: string, n: number, bus: string) =>
  entry({ EventBusName: bus, Time: new Date(time), Detail: JSON.stringify({ n }) });

describe("an archive", () => {
  test("is made, counts what it holds, is changed, listed and deleted", async () => {
    const { bus, ArchiveName, arn } = await archived({ Description: "d", RetentionDays: 7 });
    expect(arn).toBe(`arn:aws:events:us-east-1:000000000000:archive/${ArchiveName}`);
    await on.put(entry({ EventBusName: bus }), entry({ EventBusName: bus, Detail: '{"order":2}' }));
    const { $metadata: _, ...shown } = await describeArchive(ArchiveName);
    expect(shown).toEqual({
      ArchiveArn: arn,
      ArchiveName,
      EventSourceArn: busArn(bus),
      Description: "d",
      State: "ENABLED",
      RetentionDays: 7,
      SizeBytes: expect.any(Number),
      EventCount: 2,
      CreationTime: expect.any(Date),
    });
    expect(shown.SizeBytes).toBeGreaterThan(300);
    const EventPattern = '{"detail":{"order":[9]}}';
    await on.events.send(new UpdateArchiveCommand({ ArchiveName, EventPattern, RetentionDays: 0 }));
    await on.put(entry({ EventBusName: bus }), entry({ EventBusName: bus, Detail: '{"order":9}' }));
    expect(await describeArchive(ArchiveName)).toMatchObject({
      EventPattern,
      RetentionDays: 0,
      EventCount: 3,
    });
    const listed = await on.events.send(new ListArchivesCommand({ EventSourceArn: busArn(bus) }));
    expect(listed.Archives?.map((one) => one.ArchiveName)).toEqual([ArchiveName]);
    await on.events.send(new DeleteArchiveCommand({ ArchiveName }));
    await expect(describeArchive(ArchiveName)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Archive ${ArchiveName} does not exist.`,
    });
    await on.put(entry({ EventBusName: bus }));
    await on.events.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: busArn(bus) }));
    expect((await describeArchive(ArchiveName)).EventCount).toBe(0);
  });

  test("forgets by the clock", async () => {
    const { bus, ArchiveName } = await archived({ RetentionDays: 2 });
    await on.put(entry({ EventBusName: bus }));
    await on.nuage.advance(DAY_MS);
    await on.put(entry({ EventBusName: bus }), entry({ EventBusName: bus }));
    await on.nuage.advance(DAY_MS - 60_000);
    expect(await describeArchive(ArchiveName)).toMatchObject({ EventCount: 3 });
    await on.nuage.advance(120_000);
    expect(await describeArchive(ArchiveName)).toMatchObject({ EventCount: 2 });
    await on.nuage.advance(DAY_MS);
    expect(await describeArchive(ArchiveName)).toMatchObject({ EventCount: 0, SizeBytes: 0 });
    await on.put(entry({ EventBusName: bus }));
    await on.nuage.advance(2 * DAY_MS + 60_000);
    expect(await describeArchive(ArchiveName)).toMatchObject({ EventCount: 0 });
  });

  test("is filled by a rule that nobody else may change", async () => {
    const { bus, ArchiveName } = await archived({ EventPattern: '{"source":["shop.orders"]}' });
    const Name = `Events-Archive-${ArchiveName}`;
    const { Rules } = await on.events.send(
      new ListRulesCommand({ EventBusName: bus, NamePrefix: "Events-" }),
    );
    expect(Rules).toMatchObject([
      {
        Name,
        ManagedBy: "prod.vhs.events.aws.internal",
        EventPattern: '{"source":["shop.orders"],"replay-name":[{"exists":false}]}',
      },
    ]);
    const own = { Name, EventBusName: bus };
    const Targets = [{ Id: "t", Arn: "arn:aws:sqs:us-east-1:000000000000:q" }];
    for (const command of [
      new DisableRuleCommand(own),
      new DeleteRuleCommand(own),
      new PutRuleCommand({ ...own, EventPattern: ANY_SOURCE }),
      new PutTargetsCommand({ Rule: Name, EventBusName: bus, Targets }),
    ]) {
      await expect(on.events.send(command as DeleteRuleCommand)).rejects.toMatchObject({
        name: "ManagedRuleException",
      });
    }
    await on.events.send(new DeleteRuleCommand({ ...own, Force: true }));
    await on.put(entry({ EventBusName: bus }));
    expect(await describeArchive(ArchiveName)).toMatchObject({ EventCount: 0 });
  });

  test.each<[Partial<CreateArchiveCommandInput>, string, string]>([
    [{ EventSourceArn: busArn("gone") }, "ResourceNotFoundException", "Event bus gone does not exist."],
    [
      { EventSourceArn: "arn:aws:events:us-east-1:111111111111:event-bus/default" },
      "ResourceNotFoundException",
      "Event bus default does not exist.",
    ],
    [
      { EventSourceArn: "arn:aws:events:us-east-1:000000000000:rule/r" },
      "ValidationException",
      "Must contain an event bus ARN.",
    ],
    [{ EventPattern: "{" }, "InvalidEventPatternException", "Event pattern is not valid."],
    [{ ArchiveName: "x".repeat(49) }, "ValidationException", "less than or equal to 48"],
    [{ RetentionDays: -1 }, "ValidationException", "greater than or equal to 0"],
  ])("with %o is refused", async (input, name, wording) => {
    const answer = on.events.send(
      new CreateArchiveCommand({ ArchiveName: "refused", EventSourceArn: busArn("default"), ...input }),
    );
    await expect(answer).rejects.toMatchObject({ name });
    await expect(answer).rejects.toThrow(wording);
  });

  test("of the same name, and changes without any, are refused", async () => {
    const { ArchiveName, bus } = await archived();
    await expect(
      on.events.send(new CreateArchiveCommand({ ArchiveName, EventSourceArn: busArn(bus) })),
    ).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: `Archive ${ArchiveName} already exists.`,
    });
    await expect(on.events.send(new UpdateArchiveCommand({ ArchiveName }))).rejects.toThrow(
      "At least one of EventPattern, RetentionDays or Description must be provided.",
    );
    const nowhere = new ListArchivesCommand({ EventSourceArn: busArn("nowhere") });
    await expect(on.events.send(nowhere)).rejects.toThrow("Event bus nowhere does not exist.");
    const two = new ListArchivesCommand({ NamePrefix: "a", State: "ENABLED" });
    await expect(on.events.send(two)).rejects.toThrow("At most one filter is allowed for ListArchives.");
  });
});

describe("a replay", () => {
  test("brings the events of its time again, with its name", async () => {
    const archive = await archived();
    const { bus, queue } = archive;
    const times = ["2024-03-02", "2023-12-31", "2024-03-01", "2025-01-02"].map((day) => `${day}T00:00:00Z`);
    const ids = await on.put(...times.map((time, n) => at(time, n, bus)));
    expect(await on.bodies(queue)).toHaveLength(4);
    const ended = await replay(archive);
    expect(ended).toMatchObject({
      State: "COMPLETED",
      EventSourceArn: archive.arn,
      Destination: { Arn: busArn(bus) },
      EventLastReplayedTime: new Date("2024-03-02T00:00:00Z"),
      ReplayStartTime: expect.any(Date),
      ReplayEndTime: expect.any(Date),
    });
    const again = await on.messages(queue);
    const events = again.map(({ Body = "" }) => JSON.parse(Body));
    expect(events.map(({ id }) => id).sort()).toEqual([ids[2], ids[0]].sort());
    expect(events[0]["replay-name"]).toBe(ended.ReplayName);
    expect(again[0]?.Body).toContain(
      `"region":"us-east-1","replay-name":"${ended.ReplayName}","resources":[]`,
    );
    expect((await describeArchive(archive.ArchiveName)).EventCount).toBe(4);
  });

  test("goes on over many events", async () => {
    const archive = await archived();
    for (let batch = 0; batch < 13; batch++) {
      await on.put(
        ...Array.from({ length: 10 }, (_, n) => at("2024-03-01T00:00:00Z", batch * 10 + n, archive.bus)),
      );
    }
    await on.bodies(archive.queue);
    await replay(archive);
    const seen = (await on.bodies(archive.queue)).map(({ detail }) => detail.n);
    expect(new Set(seen).size).toBe(130);
    expect(seen).toHaveLength(130);
  });

  test("reaches only the rules that it names", async () => {
    const archive = await archived();
    const other = await on.queue();
    const EventBusName = archive.bus;
    const rule = await on.rule(
      { Name: "two", EventBusName, EventPattern: ANY_SOURCE },
      { Id: "q", Arn: other.arn },
    );
    await on.put(at("2024-03-01T00:00:00Z", 1, EventBusName));
    await on.bodies(archive.queue);
    await on.bodies(other);
    const Destination = { Arn: busArn(EventBusName), FilterArns: [rule] };
    const ended = await replay(archive, { Destination });
    expect(ended.Destination).toEqual(Destination);
    expect(await on.bodies(other)).toHaveLength(1);
    expect(await on.bodies(archive.queue)).toEqual([]);
  });

  test("is cancelled while it is under way, not after", async () => {
    const archive = await archived();
    const { ReplayName } = await replay(archive);
    await expect(on.events.send(new CancelReplayCommand({ ReplayName }))).rejects.toMatchObject({
      name: "IllegalStatusException",
      message: `Replay ${ReplayName} is not in a valid state for this operation.`,
    });
    await expect(on.events.send(new CancelReplayCommand({ ReplayName: "no" }))).rejects.toThrow(
      "Replay no does not exist.",
    );
  });

  test("is listed by prefix, archive and state", async () => {
    const archive = await archived();
    const { ReplayName } = await replay(archive, { Description: "d" });
    const list = async (input: object) =>
      (await on.events.send(new ListReplaysCommand(input))).Replays?.map((one) => one.ReplayName);
    expect(await list({ NamePrefix: ReplayName })).toEqual([ReplayName]);
    expect(await list({ EventSourceArn: archive.arn })).toEqual([ReplayName]);
    expect(await list({ State: "COMPLETED" })).toContain(ReplayName);
    expect(await list({ State: "RUNNING" })).toEqual([]);
    await expect(list({ NamePrefix: "r", State: "RUNNING" })).rejects.toThrow(
      "At most one filter is allowed",
    );
  });

  test.each<[Partial<StartReplayCommandInput>, string, string]>([
    [
      { Destination: { Arn: "bus" } },
      "ValidationException",
      "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.",
    ],
    [{ Destination: { Arn: busArn("gone") } }, "ResourceNotFoundException", "Event bus gone does not exist."],
    [
      { EventSourceArn: "arn:aws:events:us-east-1:000000000000:archive/gone" },
      "ValidationException",
      "Parameter EventSourceArn is not valid. Reason: Archive gone does not exist.",
    ],
    [
      { Destination: { Arn: busArn("default") } },
      "ValidationException",
      "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
    ],
    [
      { EventEndTime: new Date("2024-01-01T00:00:00Z") },
      "ValidationException",
      "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
    ],
  ])("with %o is refused", async (input, name, wording) => {
    const archive = await archived();
    const answer = replay(archive, input);
    await expect(answer).rejects.toMatchObject({ name });
    await expect(answer).rejects.toThrow(wording);
  });

  test("of the same name is refused", async () => {
    const archive = await archived();
    const { ReplayName } = await replay(archive);
    await expect(replay(archive, { ReplayName })).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: `Replay ${ReplayName} already exists.`,
    });
  });
});
