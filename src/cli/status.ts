import { parseArgs } from "node:util";
import type { OtlpStatus } from "../kernel/otlp-target.ts";
import { endpointOf, READING_OPTIONS, readHealth } from "./client.ts";
import type { Command } from "./command.ts";
import { drawForgotten, readEvictions } from "./forgotten.ts";
import { printable } from "./terminal.ts";

const HELP = `Usage: nuage status [--port PORT | --endpoint URL] [--json]

Says whether a platform runs, and what it holds. The exit status is 1 when none does.
`;

export const status: Command = async (args, terminal) => {
  const { values } = parseArgs({
    args,
    options: READING_OPTIONS,
  });
  if (values.help) {
    terminal.out(HELP);
    return 0;
  }
  const endpoint = endpointOf(values);
  const health = await readHealth(endpoint);
  const evictions = await readEvictions(endpoint);
  if (values.json) {
    terminal.out(`${JSON.stringify({ ...health, evictions })}\n`);
    return 0;
  }
  const services = Object.keys(health.services).join(", ");
  terminal.out(
    [
      `Nuage ${health.version} runs on ${health.endpoint}`,
      `  process   ${health.pid}, up ${duration(health.uptimeMs)}`,
      `  account   ${health.account}, region ${health.region}`,
      `  data      ${health.data ?? "kept nowhere (ephemeral)"}`,
      `  services  ${services}`,
      ...drawForgotten(evictions).map((line) => `  forgotten ${line}`),
      ...(health.otlp ? sendingOf(health.otlp) : []),
      "",
    ].join("\n"),
  );
  return 0;
};

function sendingOf({ url, protocol, signals, lastProblem }: OtlpStatus): string[] {
  const figures = Object.entries(signals).map(([signal, { sent, waiting, dropped }]) => {
    const facts = [`${sent.toLocaleString("en")} sent`];
    if (waiting > 0) facts.push(`${waiting.toLocaleString("en")} waiting`);
    if (dropped > 0) facts.push(`${dropped.toLocaleString("en")} dropped`);
    return `            ${signal.padEnd(7)} ${facts.join(", ")}`;
  });
  const problem = lastProblem === undefined ? [] : [`            last problem: ${printable(lastProblem)}`];
  return [`  OTLP      ${printable(url)}, ${protocol}`, ...figures, ...problem];
}

function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
