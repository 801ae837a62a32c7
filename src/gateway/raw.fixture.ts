import { connect, type Socket } from "node:net";

const sockets: Socket[] = [];

/** Ends all raw connections. */
export function closeRaw(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
}

/** A raw connection; `until` resolves with all that has come once it holds `text`, or has ended. */
export function connectRaw(port: number) {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let got = "";
  let wake = () => {};
  socket.on("data", (chunk) => {
    got += chunk.toString("latin1");
    wake();
  });
  socket.on("error", () => undefined);
  let closed = false;
  socket.on("close", () => {
    closed = true;
    wake();
  });
  return {
    socket,
    write: (text: string) => socket.write(text, "latin1"),
    async until(text: string | undefined): Promise<string> {
      while (!closed && (text === undefined || !got.includes(text))) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return got;
    },
  };
}
