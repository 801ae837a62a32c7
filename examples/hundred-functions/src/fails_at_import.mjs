// @ts-expect-error: there is none.
import { absent } from "no-such-package";

export const handler = absent;
