/** A line's level, as OpenTelemetry counts it and as the line has it. */
export interface Severity {
  readonly severityNumber: number;
  readonly severityText: string;
}

const NUMBERS: Readonly<Record<string, number>> = {
  TRACE: 1,
  DEBUG: 5,
  INFO: 9,
  NOTICE: 10,
  WARN: 13,
  WARNING: 13,
  ERROR: 17,
  CRITICAL: 18,
  FATAL: 21,
};
const WORDS = Object.keys(NUMBERS).join("|");
/** Node's lines: time, request, level, text, between tabs; Python's: `[ERROR]` and a tab. */
const FORMS = [new RegExp(`^[^\\t]+\\t[^\\t]*\\t(${WORDS})\\t`), new RegExp(`^\\[(${WORDS})\\]`)];
/** What JSON loggers call it. Numbers are Pino's and Bunyan's: 30 is INFO. */
const JSON_LEVEL = /"(?:level|severity|levelname|log_level)"\s*:\s*(?:"([A-Za-z]+)"|(\d\d))/;
const BY_TENS = ["", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** The beginning of a line tells its level; one that says nothing has none. */
export function severityOf(message: string): Severity | undefined {
  const start = message.slice(0, 2_000);
  const told = start.startsWith("{") ? inJson(start) : inText(start);
  const severityNumber = told === undefined ? undefined : NUMBERS[told.toUpperCase()];
  if (told === undefined || severityNumber === undefined) return undefined;
  return { severityNumber, severityText: told };
}

function inText(start: string): string | undefined {
  for (const form of FORMS) {
    const word = form.exec(start)?.[1];
    if (word !== undefined) return word;
  }
  return undefined;
}

function inJson(start: string): string | undefined {
  const [, word, tens] = JSON_LEVEL.exec(start) ?? [];
  return word ?? (tens === undefined ? undefined : BY_TENS[Math.floor(Number(tens) / 10)]);
}
