import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Socket } from "node:net";
import { processIds, statFields } from "./memory.ts";

/**
 * Whether the other end of a connection on this machine belongs to a process of this group. Known on Linux
 * alone, and there only of the user's own processes: what cannot be known is taken for one of the group's.
 */
export function isOfGroup(socket: Pick<Socket, "localPort" | "remotePort">, group: number): boolean {
  const inode = inodeOf(socket.remotePort ?? 0, socket.localPort ?? 0);
  if (inode === undefined) return true;
  const link = `socket:[${inode}]`;
  // Most runtimes are one process; a script has others that ask for it.
  return holds(String(group), link) || members(group).some((pid) => holds(pid, link));
}

/** The socket that connects these two ports, by the kernel's number; undefined where there is no telling. */
function inodeOf(localPort: number, remotePort: number): string | undefined {
  const ends = [localPort, remotePort].map((port) => port.toString(16).toUpperCase().padStart(4, "0"));
  // Java connects to 127.0.0.1 with sockets of both families.
  const line = new RegExp(`: [0-9A-F]+:${ends[0]} [0-9A-F]+:${ends[1]} .*`);
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    // The state, two queues, a timer and three more numbers come before it.
    const found = line.exec(readTable(table))?.[0].split(/ +/)[9];
    if (found) return found;
  }
  return undefined;
}

function readTable(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

const members = (group: number): string[] =>
  processIds().filter((pid) => Number(statFields(pid)[2]) === group);

function holds(pid: string, link: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((descriptor) => isLink(`${folder}/${descriptor}`, link));
  } catch (error) {
    // One that has ended holds nothing; one that may not be looked at could.
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

function isLink(path: string, link: string): boolean {
  try {
    return readlinkSync(path) === link;
  } catch {
    return false;
  }
}
