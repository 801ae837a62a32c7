export type LogLevel = "debug" | "info" | "warn" | "error";

/** The platform's own log: for the people who run it. What functions print goes to telemetry instead. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Writes lines of `level message key=value …` at or above `least`. An `error` field prints its stack. */
export function createLog(least: LogLevel | "silent", write: (line: string) => void): Log {
  const from = least === "silent" ? LEVELS.length : LEVELS.indexOf(least);
  const at = (level: LogLevel) => {
    if (LEVELS.indexOf(level) < from) return () => {};
    return (message: string, fields: LogFields = {}) => write(format(level, message, fields));
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function format(level: LogLevel, message: string, fields: LogFields): string {
  let line = `${level} ${message}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value instanceof Error) line += `\n${value.stack ?? value.message}`;
    else line += ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`;
  }
  return `${line}\n`;
}
