// The telemetry thread: see observe/.
export {};
