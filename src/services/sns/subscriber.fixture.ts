// Somebody outside: a Node HTTP server that subscribes, and believes nothing that it cannot verify.
import { createVerify, X509Certificate } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly text: string;
}

/** A message as its reader parses it. */
export type Message = Readonly<Record<string, string>>;

export class Subscriber {
  readonly heard: Heard[] = [];
  /** What to answer next, one after the other; 200 when nothing is left. `hang`: nothing, until it stops. */
  readonly answers: (number | "hang")[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      request.on("end", () => {
        this.heard.push({ headers: request.headers, url: request.url ?? "", text });
        const answer = this.answers.shift() ?? 200;
        if (answer === "hang") return;
        response.writeHead(answer, answer === 302 ? { location: "/elsewhere" } : {}).end("answered");
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/inbox`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Takes all that was heard of one type since it was last asked, as messages. */
  take(type: string): Message[] {
    const mine = this.heard.filter(({ headers }) => headers["x-amz-sns-message-type"] === type);
    for (const one of mine) this.heard.splice(this.heard.indexOf(one), 1);
    return mine.map(({ text }) => JSON.parse(text));
  }
}

/**
 * What is signed, and in which order:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
const SIGNED: Readonly<Record<string, readonly string[]>> = {
  Notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
  SubscriptionConfirmation: [
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
  ],
  UnsubscribeConfirmation: ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"],
};

/** Whether a message is what it was when it was signed, by the certificate that it names. */
export async function verifies(message: Message, origin: string): Promise<boolean> {
  const url = new URL(message.SigningCertURL ?? "");
  // A certificate from elsewhere would prove nothing.
  if (url.origin !== origin || !url.pathname.endsWith(".pem")) return false;
  const certificate = new X509Certificate(await (await fetch(url)).text());
  const nowMs = performance.timeOrigin + performance.now();
  if (!(Date.parse(certificate.validFrom) < nowMs && nowMs < Date.parse(certificate.validTo))) return false;
  if (!certificate.verify(certificate.publicKey)) return false;
  if (certificate.publicKey.asymmetricKeyDetails?.modulusLength !== 2048) return false;
  const verify = createVerify(message.SignatureVersion === "2" ? "RSA-SHA256" : "RSA-SHA1");
  for (const name of SIGNED[message.Type ?? ""] ?? []) {
    if (message[name] !== undefined) verify.update(`${name}\n${message[name]}\n`, "utf8");
  }
  return verify.verify(certificate.publicKey, message.Signature ?? "", "base64");
}
