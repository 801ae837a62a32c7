import {
  ActivateEventSourceCommand,
  CreateEndpointCommand,
  type CreateEndpointCommandInput,
  CreateEventBusCommand,
  CreatePartnerEventSourceCommand,
  DeactivateEventSourceCommand,
  DeleteEndpointCommand,
  DeleteEventBusCommand,
  DeletePartnerEventSourceCommand,
  DescribeEndpointCommand,
  DescribeEventSourceCommand,
  DescribePartnerEventSourceCommand,
  EventBridgeClient,
  ListEndpointsCommand,
  ListEventSourcesCommand,
  ListPartnerEventSourceAccountsCommand,
  ListPartnerEventSourcesCommand,
  PutPartnerEventsCommand,
  UpdateEndpointCommand,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ANY_SOURCE, fresh, useEvents } from "./events.fixture.ts";

const on = useEvents();
const PARTNER = "222222222222";
const CUSTOMER = "000000000000";
let partner: EventBridgeClient;

beforeAll(() => {
  partner = new EventBridgeClient({
    endpoint: on.nuage.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: PARTNER, secretAccessKey: "test" },
  });
});
afterAll(() => partner?.destroy());

async function offered() {
  const Name = `aws.partner/shop.example/${fresh("orders")}`;
  const { EventSourceArn } = await partner.send(
    new CreatePartnerEventSourceCommand({ Name, Account: CUSTOMER }),
  );
  return { Name, EventSourceArn };
}

const put = (Source: string) =>
  partner.send(
    new PutPartnerEventsCommand({ Entries: [{ Source, DetailType: "Order", Detail: '{"n":1}' }] }),
  );

describe("a partner's event source", () => {
  test("is offered, taken up with a bus, and brings events", async () => {
    const { Name, EventSourceArn } = await offered();
    expect(EventSourceArn).toBe(`arn:aws:events:us-east-1::event-source/${Name}`);
    const describeSource = () => on.events.send(new DescribeEventSourceCommand({ Name }));
    expect(await describeSource()).toMatchObject({
      Name,
      Arn: EventSourceArn,
      CreatedBy: PARTNER,
      State: "PENDING",
      ExpirationTime: expect.any(Date),
    });
    expect(await put(Name)).toMatchObject({ FailedEntryCount: 0 });
    await on.events.send(new CreateEventBusCommand({ Name, EventSourceName: Name }));
    expect((await describeSource()).State).toBe("ACTIVE");
    const queue = await on.queue();
    const arn = await on.rule(
      { Name: "r", EventBusName: Name, EventPattern: ANY_SOURCE },
      { Id: "q", Arn: queue.arn },
    );
    expect(arn).toBe(`arn:aws:events:us-east-1:${CUSTOMER}:rule/${Name}/r`);
    const { Entries } = await put(Name);
    const events = await on.bodies(queue);
    expect(events).toMatchObject([
      { id: Entries?.[0]?.EventId, source: Name, account: CUSTOMER, detail: { n: 1 } },
    ]);
    await on.events.send(new DeactivateEventSourceCommand({ Name }));
    await put(Name);
    expect(await on.bodies(queue)).toEqual([]);
    await on.events.send(new ActivateEventSourceCommand({ Name }));
    await put(Name);
    expect(await on.bodies(queue)).toHaveLength(1);
    await expect(on.events.send(new ActivateEventSourceCommand({ Name }))).rejects.toMatchObject({
      name: "InvalidStateException",
    });
  });

  test("is seen by its partner", async () => {
    const { Name, EventSourceArn } = await offered();
    const found = await partner.send(new DescribePartnerEventSourceCommand({ Name }));
    expect(found).toMatchObject({ Name, Arn: EventSourceArn });
    const other = { Name, Account: "333333333333" };
    await partner.send(new CreatePartnerEventSourceCommand(other));
    const listed = await partner.send(new ListPartnerEventSourcesCommand({ NamePrefix: Name }));
    expect(listed.PartnerEventSources).toEqual([{ Name, Arn: EventSourceArn }]);
    const accounts = async () =>
      (await partner.send(new ListPartnerEventSourceAccountsCommand({ EventSourceName: Name })))
        .PartnerEventSourceAccounts;
    expect((await accounts())?.map(({ Account }) => Account)).toEqual([CUSTOMER, other.Account]);
    await partner.send(new DeletePartnerEventSourceCommand(other));
    expect(await accounts()).toMatchObject([{ Account: CUSTOMER, State: "PENDING" }]);
    await expect(
      partner.send(new CreatePartnerEventSourceCommand({ Name, Account: CUSTOMER })),
    ).rejects.toThrow(`Event source ${Name} already exists.`);
  });

  test("is gone two weeks later when nobody took it up", async () => {
    const { Name } = await offered();
    await on.nuage.advance(15 * 86_400_000);
    await expect(on.events.send(new DescribeEventSourceCommand({ Name }))).rejects.toThrow(
      `Event source ${Name} does not exist.`,
    );
    const { EventSources } = await on.events.send(new ListEventSourcesCommand({ NamePrefix: Name }));
    expect(EventSources).toEqual([]);
  });

  test("waits again when its bus is deleted, and is over when its partner deletes it", async () => {
    const { Name } = await offered();
    await on.events.send(new CreateEventBusCommand({ Name, EventSourceName: Name }));
    await on.events.send(new DeleteEventBusCommand({ Name }));
    const state = async () => (await on.events.send(new DescribeEventSourceCommand({ Name }))).State;
    expect(await state()).toBe("PENDING");
    await partner.send(new DeletePartnerEventSourceCommand({ Name, Account: CUSTOMER }));
    expect(await state()).toBe("DELETED");
  });

  test("that is not there takes no events", async () => {
    expect(await put("aws.partner/no/such")).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: "InvalidArgument" }],
    });
    await expect(put("shop")).rejects.toMatchObject({ name: "ValidationException" });
    await expect(
      partner.send(new DescribePartnerEventSourceCommand({ Name: "aws.partner/no/such" })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});

describe("a global endpoint", () => {
  const bus = (region: string, name = "b") => ({
    EventBusArn: `arn:aws:events:${region}:000000000000:event-bus/${name}`,
  });
  const INPUT: Omit<CreateEndpointCommandInput, "Name"> = {
    RoutingConfig: {
      FailoverConfig: {
        Primary: { HealthCheck: "arn:aws:route53:::healthcheck/1" },
        Secondary: { Route: "us-west-2" },
      },
    },
    ReplicationConfig: { State: "DISABLED" },
    EventBuses: [bus("us-east-1"), bus("us-west-2")],
  };

  test("is made, described, changed, listed and deleted", async () => {
    const Name = fresh("endpoint");
    const made = await on.events.send(new CreateEndpointCommand({ Name, ...INPUT }));
    expect(made).toMatchObject({
      Name,
      Arn: `arn:aws:events:us-east-1:000000000000:endpoint/${Name}`,
      State: "CREATING",
      ...INPUT,
    });
    const changed = await on.events.send(new UpdateEndpointCommand({ Name, Description: "d" }));
    expect(changed.State).toBe("UPDATING");
    const found = await on.events.send(new DescribeEndpointCommand({ Name }));
    expect(found).toMatchObject({
      ...INPUT,
      State: "ACTIVE",
      Description: "d",
      EndpointId: expect.stringMatching(/^\w+\.\w+$/),
    });
    expect(found.EndpointUrl).toBe(`https://${found.EndpointId}.endpoint.events.amazonaws.com/`);
    const { Endpoints } = await on.events.send(new ListEndpointsCommand({ NamePrefix: Name, MaxResults: 1 }));
    expect(Endpoints).toMatchObject([{ Name, EndpointId: found.EndpointId }]);
    await on.events.send(new DeleteEndpointCommand({ Name }));
    await expect(on.events.send(new DescribeEndpointCommand({ Name }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Endpoint ${Name} does not exist.`,
    });
  });

  test.each<[Partial<CreateEndpointCommandInput>, string]>([
    [{ EventBuses: [bus("us-east-1"), bus("us-west-2", "c")] }, "must have the same name"],
    [{ EventBuses: [bus("us-east-1"), bus("us-east-1")] }, "must be in different Regions"],
    [{ EventBuses: [bus("us-west-2"), bus("us-east-1")] }, "must be in the Region of the endpoint"],
    [{ EventBuses: [bus("us-east-1")] }, "greater than or equal to 2"],
    [{ ReplicationConfig: { State: "ENABLED" } }, "RoleArn is required"],
  ])("with %o is refused", async (input, wording) => {
    const answer = on.events.send(new CreateEndpointCommand({ Name: "refused", ...INPUT, ...input }));
    await expect(answer).rejects.toMatchObject({ name: "ValidationException" });
    await expect(answer).rejects.toThrow(wording);
  });
});
