import type { IncomingMessage, ServerResponse } from "node:http";
import { UserError } from "../kernel/faults.ts";
import { isAdminPath, runAdmin } from "./admin.ts";
import { RequestBody } from "./body.ts";
import { type Core, Departures, Gate } from "./core.ts";
import { Directory } from "./directory.ts";
import { Exchange } from "./exchange.ts";
import { createHostReader } from "./hosts.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { Gateway, GatewayOptions, GatewaySites } from "./options.ts";
import { Refusal } from "./refusals.ts";
import { run } from "./run.ts";
import { type Door, openDoor, type ServerEvents } from "./server.ts";
import { Links, upgrade } from "./upgrade.ts";

/**
 * Listens on the port and takes every request through the steps. Rejects with a UserError when the port
 * or the host cannot be had.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const core = createCore(options);
  const open = new Map<object, Set<Exchange>>();
  const links = new Links();
  const events: ServerEvents = {
    request: (incoming, outgoing, connection, expects) =>
      serve(core, open, incoming, outgoing, connection, expects),
    stalled: (connection, cut) => cutStalled(open.get(connection), cut),
    upgrade: (incoming, socket, head) => upgrade(core, links, incoming, socket, head),
  };
  const doors = await openDoors(core, events);
  const port = doors[0]?.port ?? options.port;
  return {
    endpoint: `http://${hostOf(options.host)}:${port}`,
    port,
    close: async () => {
      links.close();
      await close(core, doors, open);
    },
  };
}

const NO_SITES: GatewaySites = {
  labels: new Map(),
  byId: () => undefined,
  byPath: () => undefined,
  byName: async () => undefined,
};

function createCore(options: GatewayOptions): Core {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const directory = new Directory(options.services);
  const sites = options.sites ?? NO_SITES;
  let second = 0;
  let date = "";
  return {
    options,
    limits,
    directory,
    sites,
    gate: new Gate(limits),
    departures: new Departures(),
    loopback: isLoopback(options.host),
    opened: new Map(),
    closing: false,
    readHost: createHostReader(new Map([...directory.labels, ...sites.labels]), directory.hostPrefixes),
    date() {
      const now = Math.floor(options.clock.now() / 1000);
      if (now !== second) {
        second = now;
        date = new Date(now * 1000).toUTCString();
      }
      return date;
    },
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** How a client on this machine names the host that the platform is bound to. */
function hostOf(host: string): string {
  if (isLoopback(host) || host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

/** `localhost` is two addresses, and clients try either one first. */
async function openDoors(core: Core, events: ServerEvents): Promise<Door[]> {
  const { host, port } = core.options;
  const first = await openOne(core, host === "localhost" ? "127.0.0.1" : host, port, events);
  if (host !== "localhost") return [first];
  try {
    return [first, await openDoor("::1", first.port, core.limits, events, core.options.tls)];
  } catch {
    // A machine without IPv6, or whose ::1 has this port taken: localhost still means 127.0.0.1.
    return [first];
  }
}

async function openOne(core: Core, host: string, port: number, events: ServerEvents): Promise<Door> {
  try {
    return await openDoor(host, port, core.limits, events, core.options.tls);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EADDRINUSE") throw new UserError(`Port ${port} is taken by another program.`);
    if (code === "EACCES") throw new UserError(`Port ${port} may not be used without more rights.`);
    throw new UserError(`Cannot listen on ${host}: ${(error as Error).message}.`);
  }
}

function serve(
  core: Core,
  open: Map<object, Set<Exchange>>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  connection: object,
  expects: boolean,
): void {
  core.departures.begin();
  const x = new Exchange(core, incoming, outgoing, new RequestBody(incoming, outgoing, core.gate, expects));
  let exchanges = open.get(connection);
  if (!exchanges) {
    exchanges = new Set();
    open.set(connection, exchanges);
  }
  const mine = exchanges;
  mine.add(x);
  outgoing.on("close", () => {
    if (!(outgoing.writableFinished ?? outgoing.writableEnded)) x.abandon();
    mine.delete(x);
    if (mine.size === 0) open.delete(connection);
  });
  const pending = isAdminPath(incoming.url ?? "") ? runAdmin(x) : run(x);
  if (pending) pending.finally(() => finish(x));
  else finish(x);
}

/** Whatever became of the request: what it held is given back. */
function finish(x: Exchange): void {
  if (x.admitted) x.core.gate.leave();
  x.body.release(x.core.limits.drainBytes);
  x.endTracking();
}

/**
 * Waiting is the client's right while the platform works; not while the platform waits for the client, nor
 * longer than a connection without a request is kept.
 */
function cutStalled(exchanges: ReadonlySet<Exchange> | undefined, cut: () => void): void {
  if (!exchanges) {
    cut();
    return;
  }
  for (const x of exchanges) {
    if (x.body.waiting) x.body.fail(new Refusal("stalled"));
    else if (x.blocked || x.outgoing.writableEnded) cut();
  }
}

async function close(core: Core, doors: readonly Door[], open: Map<object, Set<Exchange>>): Promise<void> {
  const { clock } = core.options;
  core.closing = true;
  for (const door of doors) door.stop();
  for (const exchanges of open.values()) for (const x of exchanges) x.interrupt();
  const until = clock.monotonic() + core.limits.closeGraceMs;
  while (open.size > 0 && clock.monotonic() < until) await clock.sleep(10);
  for (const exchanges of open.values()) for (const x of exchanges) x.abandon();
  await Promise.all(doors.map((door) => door.destroy()));
}
