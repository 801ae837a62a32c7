// When keys are rotated.
export const DAY_MS = 86_400_000;
export const YEAR_DAYS = 365;

/** AWS rotates at midnight UTC or so; here it is the moment itself, days later. */
export const nextTurnMs = (fromMs: number, periodDays: number): number => fromMs + periodDays * DAY_MS;
