import type { Service } from "../define.ts";
import { images } from "./images.ts";
import { repositories } from "./repositories.ts";

export const service: Service<"ecr"> = {
  handlers: { ...repositories, ...images },
};
