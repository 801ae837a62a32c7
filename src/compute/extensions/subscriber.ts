import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { after, type RealTimer } from "../../kernel/realtime.ts";
import type { Subscription } from "./subscription.ts";

/** What may wait for a listener that does not take it, beside what is being sent. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const BEHIND = "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.";
/** How long a flush may hold up the end of an environment. */
const FLUSH_MS = 300;

/** Events that a listener was to have and does not get. */
interface Dropped {
  readonly droppedRecords: number;
  readonly droppedBytes: number;
  readonly reason: string;
}

/** Collects the events of one subscription and brings them to its listener, one batch after another. */
export class Subscriber {
  readonly subscription: Subscription;
  readonly #dropEvent: (dropped: Dropped) => string | undefined;
  /** Told with the next batch. */
  #dropped: Dropped | undefined;
  #batch: string[] = [];
  #batchBytes = 0;
  #waiting: string[][] = [];
  #waitingBytes = 0;
  #timer: RealTimer | undefined;
  #sending: Promise<void> | undefined;
  #socket: Socket | undefined;

  /** `dropEvent` gives the event that tells of dropped ones, where the listener wants to hear of it. */
  constructor(subscription: Subscription, dropEvent: (dropped: Dropped) => string | undefined) {
    this.subscription = subscription;
    this.#dropEvent = dropEvent;
  }

  /** One event, as JSON. */
  add(event: string): void {
    const { maxItems, maxBytes, timeoutMs } = this.subscription.buffering;
    this.#batch.push(event);
    this.#batchBytes += Buffer.byteLength(event);
    if (this.#batch.length >= maxItems || this.#batchBytes >= maxBytes) this.#close();
    else this.#timer ??= after(timeoutMs, () => this.#close());
  }

  /** Sends what is there; resolves when it has been taken, or after a moment. */
  async flush(): Promise<void> {
    this.#close();
    await Promise.race([this.#sending, new Promise<void>((resolve) => after(FLUSH_MS, resolve))]);
  }

  end(): void {
    this.#timer?.cancel();
    this.#waiting = [];
    this.#socket?.destroy();
  }

  /** The batch is full, or has waited long enough. */
  #close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#batch.length === 0) return;
    const told = this.#dropped && this.#dropEvent(this.#dropped);
    const [batch, bytes] = [told ? [told, ...this.#batch] : this.#batch, this.#batchBytes];
    this.#dropped = undefined;
    this.#batch = [];
    this.#batchBytes = 0;
    if (this.#waitingBytes + bytes > MOST_WAITING_BYTES) this.#drop(batch, BEHIND);
    else this.#await(batch);
  }

  #await(batch: string[]): void {
    this.#waiting.push(batch);
    this.#waitingBytes += bytesOf(batch);
    this.#sending ??= this.#send();
  }

  async #send(): Promise<void> {
    for (let batch = this.#waiting.shift(); batch; batch = this.#waiting.shift()) {
      try {
        await this.#bring(batch);
      } catch (error) {
        this.#drop(batch, `could not send events: ${error instanceof Error ? error.message : String(error)}`);
      }
      this.#waitingBytes -= bytesOf(batch);
    }
    this.#sending = undefined;
  }

  #bring(batch: readonly string[]): Promise<void> {
    const { destination } = this.subscription;
    if (destination.protocol === "TCP") return this.#write(destination.port, `${batch.join("\n")}\n`);
    const { port, path, method } = destination;
    const body = Buffer.from(`[${batch.join(",")}]`);
    const headers = { "content-type": "application/json", "content-length": body.length };
    return new Promise((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        if (statusCode < 400) response.once("end", resolve);
        else reject(new Refused(statusCode));
      });
      sent.once("error", reject);
      sent.end(body);
    });
  }

  #write(port: number, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let socket = this.#socket;
      if (!socket || socket.destroyed) {
        socket = connect({ host: "127.0.0.1", port });
        // The listener may break off while nothing is being written.
        socket.on("error", () => {});
        this.#socket = socket;
      }
      socket.once("error", reject);
      socket.write(text, () => {
        socket.off("error", reject);
        resolve();
      });
    });
  }

  #drop(batch: readonly string[], reason: string): void {
    const { droppedRecords = 0, droppedBytes = 0 } = this.#dropped ?? {};
    this.#dropped = {
      droppedRecords: droppedRecords + batch.length,
      droppedBytes: droppedBytes + bytesOf(batch),
      reason,
    };
  }
}

/** The listener has answered that it does not take it. */
class Refused extends Error {
  constructor(status: number) {
    super(`http request failed with status ${status}`);
  }
}

const bytesOf = (batch: readonly string[]) => batch.reduce((sum, event) => sum + Buffer.byteLength(event), 0);
