import { answer } from "../execution/answers.ts";
import type { Execution } from "../execution/execution.ts";
import { ANSWERS } from "../faults.ts";

export const execution: Execution = {
  serve: async () => answer(ANSWERS.notFound),
};
