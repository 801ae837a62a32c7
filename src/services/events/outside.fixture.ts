// A server of somebody outside, and API destinations that call it.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateApiDestinationCommand,
  type CreateApiDestinationCommandInput,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  type Target,
} from "@aws-sdk/client-eventbridge";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { ANY_SOURCE, fresh, type Queue, type TestEvents } from "./events.fixture.ts";

const ROLE = "arn:aws:iam::000000000000:role/r";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

interface Answer {
  readonly status: number;
  /** Not before this. */
  readonly after?: Promise<unknown>;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

const BASIC = {
  AuthorizationType: "BASIC",
  AuthParameters: { BasicAuthParameters: { Username: "user", Password: "pass" } },
} as const;

export interface Outside {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** The requests that came. */
  seen: Seen[];
  /** What is answered next; the last one for ever. */
  answers: Answer[];
  connection(input?: Partial<CreateConnectionCommandInput>): Promise<{ Name: string; ConnectionArn: string }>;
  destination(
    connectionArn: string,
    more?: Partial<CreateApiDestinationCommandInput>,
  ): Promise<{ Name: string; ApiDestinationArn: string }>;
  /** A rule that calls a destination, with a dead-letter queue behind it. */
  calling(arn: string, more?: Partial<Target>): Promise<{ EventBusName: string; dead: Queue }>;
}

export function useOutside(on: TestEvents): Outside {
  const outside = { seen: [], answers: [] } as unknown as Outside;
  let server: Server;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { method = "", url = "", headers } = request;
      outside.seen.push({ method, url, headers, body });
      const { answers } = outside;
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 200 };
      await answer.after;
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    outside.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    outside.seen = [];
    outside.answers = [{ status: 200 }];
  });
  outside.connection = async (input = BASIC) => {
    const Name = fresh("connection");
    const command = new CreateConnectionCommand({ ...BASIC, Name, ...input } as CreateConnectionCommandInput);
    const { ConnectionArn = "" } = await on.events.send(command);
    return { Name, ConnectionArn };
  };
  outside.destination = async (ConnectionArn, more = {}) => {
    const Name = fresh("destination");
    const { ApiDestinationArn = "" } = await on.events.send(
      new CreateApiDestinationCommand({
        Name,
        ConnectionArn,
        InvocationEndpoint: `${outside.origin}/hook`,
        HttpMethod: "POST",
        ...more,
      }),
    );
    return { Name, ApiDestinationArn };
  };
  outside.calling = async (Arn, more = {}) => {
    const EventBusName = await on.bus();
    const dead = await on.queue();
    await on.rule(
      { Name: "call", EventBusName, EventPattern: ANY_SOURCE },
      { Id: "d", Arn, RoleArn: ROLE, DeadLetterConfig: { Arn: dead.arn }, ...more },
    );
    return { EventBusName, dead };
  };
  return outside;
}
