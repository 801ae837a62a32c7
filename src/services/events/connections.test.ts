import {
  type CreateConnectionCommandInput,
  DeauthorizeConnectionCommand,
  DeleteConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  ListConnectionsCommand,
  UpdateConnectionCommand,
} from "@aws-sdk/client-eventbridge";
import { describe, expect, test } from "vitest";
import { entry, useEvents } from "./events.fixture.ts";
import { type Outside, useOutside } from "./outside.fixture.ts";

const on = useEvents();
const outside = useOutside(on);

const describeConnection = (Name: string) => on.events.send(new DescribeConnectionCommand({ Name }));

describe("a connection", () => {
  test("shows no secret", async () => {
    const secret = (Key: string) => ({ Key, Value: "hidden", IsValueSecret: true });
    const open = { Key: "open", Value: "shown", IsValueSecret: false };
    const { Name } = await outside.connection({
      Description: "d",
      AuthParameters: {
        BasicAuthParameters: { Username: "user", Password: "hidden" },
        InvocationHttpParameters: { HeaderParameters: [secret("h"), open], BodyParameters: [secret("b")] },
      },
    });
    const found = await describeConnection(Name);
    expect(found).toMatchObject({
      Name,
      Description: "d",
      ConnectionState: "AUTHORIZED",
      AuthorizationType: "BASIC",
      SecretArn: expect.stringContaining(`:secret:events!connection/${Name}/`),
      AuthParameters: {
        BasicAuthParameters: { Username: "user" },
        InvocationHttpParameters: {
          HeaderParameters: [{ Key: "h", IsValueSecret: true }, open],
          BodyParameters: [{ Key: "b", IsValueSecret: true }],
        },
      },
    });
    expect(JSON.stringify(found)).not.toContain("hidden");
  });

  test("is changed, loses its authorization, is listed and deleted", async () => {
    const { Name, ConnectionArn } = await outside.connection();
    await on.events.send(
      new UpdateConnectionCommand({ Name, AuthParameters: { BasicAuthParameters: { Username: "other" } } }),
    );
    const { ApiDestinationArn } = await outside.destination(ConnectionArn);
    const { EventBusName, dead } = await outside.calling(ApiDestinationArn);
    await on.put(entry({ EventBusName }));
    await on.nuage.idle();
    const basic = `Basic ${Buffer.from("other:pass").toString("base64")}`;
    expect(outside.seen.map(({ headers }) => headers.authorization)).toEqual([basic]);
    const ending = await on.events.send(new DeauthorizeConnectionCommand({ Name }));
    expect(ending.ConnectionState).toBe("DEAUTHORIZING");
    expect((await describeConnection(Name)).ConnectionState).toBe("DEAUTHORIZED");
    await on.put(entry({ EventBusName }));
    const [message] = await on.messages(dead);
    expect(message?.MessageAttributes?.ERROR_CODE?.StringValue).toBe("NO_PERMISSIONS");
    const list = new ListConnectionsCommand({ ConnectionState: "DEAUTHORIZED" });
    expect((await on.events.send(list)).Connections?.map((one) => one.Name)).toContain(Name);
    const deleted = await on.events.send(new DeleteConnectionCommand({ Name }));
    expect(deleted.ConnectionState).toBe("DELETING");
    await expect(describeConnection(Name)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Failed to describe the connection(s). Connection '${Name}' does not exist.`,
    });
  });

  test.each<[Partial<CreateConnectionCommandInput>, string]>([
    [{ AuthorizationType: "INVALID" as never }, "enum value set: [BASIC, OAUTH_CLIENT_CREDENTIALS, API_KEY]"],
    [{ AuthorizationType: "API_KEY" }, "ApiKeyAuthParameters must be specified for API_KEY authorization."],
    [{ Name: "no blanks" }, "regular expression pattern: [\\.\\-_A-Za-z0-9]+"],
    [
      { AuthParameters: { BasicAuthParameters: { Username: `${"a ".repeat(255)}:`, Password: "p" } } },
      "failed to satisfy constraint",
    ],
  ])("with %o is refused", async (input, wording) => {
    const answer = outside.connection(input);
    await expect(answer).rejects.toMatchObject({ name: "ValidationException" });
    await expect(answer).rejects.toThrow(wording);
  });

  test("of the same name is refused", async () => {
    const { Name } = await outside.connection();
    await expect(outside.connection({ Name })).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: `Connection ${Name} already exists.`,
    });
  });

  const oauth = (): Partial<CreateConnectionCommandInput> => ({
    AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
    AuthParameters: {
      OAuthParameters: {
        AuthorizationEndpoint: `${outside.origin}/token`,
        ClientParameters: { ClientID: "id", ClientSecret: "hidden" },
        HttpMethod: "POST",
        OAuthHttpParameters: { BodyParameters: [{ Key: "audience", Value: "a" }] },
      },
    },
  });
  const token = (access_token: string, expires_in = 3600) => ({
    status: 200,
    body: JSON.stringify({ access_token, expires_in }),
  });

  test("of OAuth asks for a token once, and anew when it has ended or is refused", async () => {
    outside.answers = [token("one", 600)];
    const { Name, ConnectionArn } = await outside.connection(oauth());
    await on.nuage.idle();
    expect((await describeConnection(Name)).ConnectionState).toBe("AUTHORIZED");
    expect(outside.seen).toMatchObject([
      {
        method: "POST",
        url: "/token",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "grant_type=client_credentials&client_id=id&client_secret=hidden&audience=a",
      },
    ]);
    const { ApiDestinationArn } = await outside.destination(ConnectionArn);
    const { EventBusName } = await outside.calling(ApiDestinationArn);
    const call = async (...next: Outside["answers"]) => {
      outside.seen = [];
      outside.answers = next;
      await on.put(entry({ EventBusName }));
      await on.nuage.idle();
      return outside.seen.map(({ url, headers }) => `${url} ${headers.authorization ?? ""}`);
    };
    expect(await call({ status: 200 })).toEqual(["/hook Bearer one"]);
    await on.nuage.advance(600_000);
    expect(await call(token("two"), { status: 200 })).toEqual(["/token ", "/hook Bearer two"]);
    expect(await call({ status: 401 }, token("three"), { status: 200 })).toEqual([
      "/hook Bearer two",
      "/token ",
      "/hook Bearer three",
    ]);
    expect(await call({ status: 200 })).toEqual(["/hook Bearer three"]);
  });

  test.each([{ status: 403 }, { status: 200, body: "no JSON" }])(
    "of OAuth that is answered %o is not let in",
    async (answer) => {
      outside.answers = [answer];
      const { Name, ConnectionArn } = await outside.connection(oauth());
      await on.nuage.idle();
      const endpoint = `${outside.origin}/token`;
      expect(await describeConnection(Name)).toMatchObject({
        ConnectionState: "DEAUTHORIZED",
        StateReason: `The authorization endpoint ${endpoint} answered ${answer.status} without a token.`,
      });
      const { Name: destinationName } = await outside.destination(ConnectionArn);
      const found = await on.events.send(new DescribeApiDestinationCommand({ Name: destinationName }));
      expect(found.ApiDestinationState).toBe("INACTIVE");
    },
  );
});
