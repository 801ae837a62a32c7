import { parseArgs } from "node:util";
import type { LetterView } from "../console/outbox.ts";
import { UserError } from "../kernel/faults.ts";
import { ask, endpointOf, READING_OPTIONS, readPage } from "./client.ts";
import type { Command, Terminal } from "./command.ts";
import { jsonText } from "./json-lines.ts";
import {
  type Column,
  counted,
  table as drawTable,
  formatMoment,
  type Palette,
  palette,
  printable,
} from "./terminal.ts";

const HELP = `Usage: nuage outbox [ID] [options]   what would have been sent: e-mails, text and push messages
       nuage outbox confirm ID       confirms the subscription that a letter asks to confirm
       nuage outbox stop NUMBER      opts a phone number out, as by the answer STOP

Nothing leaves the platform: what Amazon SNS would send to people and devices is kept, and is read here.
With an ID, or the beginning of one, the letter is shown as a whole.

  --to RECIPIENT     an address, a number or a device's endpoint
  --protocol NAME    email, email-json, sms or application
  --since TIME       such as 10m or 2026-01-31T12:00:00Z
  --limit N          the latest so many (100)
  --region REGION    whose text messages are stopped (the platform's region)
  --json             one JSON document a line, for each letter
  --port PORT, --endpoint URL    where the platform is
`;

/** All that the platform keeps is looked through for one. */
const ALL = "10000";

export const outbox: Command = async (args, terminal) => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...READING_OPTIONS,
      to: { type: "string" },
      protocol: { type: "string" },
      since: { type: "string" },
      limit: { type: "string" },
      region: { type: "string" },
    },
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  if (positionals[0] === "stop") return stop(positionals.slice(1), values, terminal);
  const confirms = positionals[0] === "confirm";
  const [id, ...more] = confirms ? positionals.slice(1) : positionals;
  if (more.length > 0 || (confirms && id === undefined)) {
    throw new UserError(`outbox takes the id of one letter.\n\n${HELP}`);
  }
  const endpoint = endpointOf(values);
  const query = new URLSearchParams();
  for (const name of ["to", "protocol", "since", "limit"] as const) {
    const value = values[name];
    if (value !== undefined) query.set(name, value);
  }
  if (id !== undefined) query.set("limit", ALL);
  const { letters } = await readPage<{ letters: LetterView[] }>(endpoint, "/_nuage/outbox", query);
  const colours = palette(terminal.colour);
  if (id === undefined) {
    if (values.json) terminal.out(jsonText(letters));
    else terminal.out(drawLetters(letters, terminal.columns, colours));
    return 0;
  }
  const letter = chosen(letters, id);
  if (confirms) {
    const confirmed = await ask(endpoint, `/_nuage/outbox?letter=${letter.id}`, { method: "POST" });
    const { subscriptionArn } = (await confirmed.json()) as { subscriptionArn: string };
    if (values.json) terminal.out(jsonText([{ subscriptionArn }]));
    else terminal.out(`Confirmed ${printable(subscriptionArn)}\n`);
  } else if (values.json) terminal.out(jsonText([letter]));
  else terminal.out(drawLetter(letter, colours));
  return 0;
};

interface StopOptions {
  readonly endpoint?: string | undefined;
  readonly port?: string | undefined;
  readonly region?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Opts a number out, as whoever answers STOP to a text message does. */
async function stop(numbers: readonly string[], options: StopOptions, terminal: Terminal): Promise<number> {
  const [number, ...more] = numbers;
  if (number === undefined || more.length > 0) throw new UserError("outbox stop takes one phone number.");
  const query = new URLSearchParams({ stop: number });
  if (options.region !== undefined) query.set("region", options.region);
  const answer = await ask(endpointOf(options), `/_nuage/outbox?${query}`, { method: "POST" });
  if (options.json) terminal.out(jsonText([await answer.json()]));
  else terminal.out(`${printable(number)} gets no more text messages.\n`);
  return 0;
}

/** The letter whose id begins like this. */
function chosen(letters: readonly LetterView[], id: string): LetterView {
  const [letter, another] = letters.filter((one) => one.id.startsWith(id));
  if (!letter) throw new UserError(`there is no letter ${id}.`);
  if (another) throw new UserError(`more than one letter begins with ${id}.`);
  return letter;
}

/** A line for each letter, the latest last: where the next one will be. */
function drawLetters(letters: readonly LetterView[], columns: number, colours: Palette): string {
  if (letters.length === 0) return "Nothing would have been sent.\n";
  const shape: Column<LetterView>[] = [
    { title: "LETTER", of: ({ id }) => shortId(id) },
    { title: "TIME", of: ({ sentMs }) => formatMoment(sentMs).slice(0, 19) },
    { title: "BY", of: ({ protocol }) => protocol },
    { title: "TO", of: ({ to }) => printable(to), least: 24 },
    { title: "SUBJECT", of: ({ subject = "" }) => printable(subject), least: 12 },
    { title: "TEXT", of: ({ body }) => printable(body), least: 16 },
  ];
  const [head = "", ...lines] = drawTable(shape, [...letters].reverse(), Math.max(80, columns));
  const open = letters.filter(({ confirms }) => confirms).length;
  const hint =
    open === 0 ? "" : `\n${counted(open, "letter")} to be confirmed: nuage outbox confirm LETTER\n`;
  return `${[colours.bold(head), ...lines].join("\n")}\n${hint}`;
}

/** Enough of an id to tell letters apart. */
const shortId = (id: string) => id.slice(0, 8);

/** The whole letter, line by line. */
function drawLetter(letter: LetterView, colours: Palette): string {
  const { id, sentMs, protocol, to, subject, topicArn, messageId, body, confirms } = letter;
  const facts = { To: to, By: protocol, Time: formatMoment(sentMs), Subject: subject };
  const lines = Object.entries({ ...facts, Topic: topicArn, Message: messageId })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${colours.dim(`${name}:`.padEnd(9))} ${printable(String(value))}`);
  const text = body.split(/\r?\n/).map(printable).join("\n");
  const hint = confirms ? `\n${colours.dim(`nuage outbox confirm ${shortId(id)}`)}\n` : "";
  return `${lines.join("\n")}\n\n${text}\n${hint}`;
}
