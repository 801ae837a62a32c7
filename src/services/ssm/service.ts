import type { Service } from "../define.ts";
import { keepPolicies } from "./expiry.ts";
import { getting } from "./get.ts";
import { labels } from "./labels.ts";
import { deliverNews } from "./news.ts";
import { putting } from "./put.ts";
import { tags } from "./tags.ts";

export const service: Service<"ssm"> = {
  handlers: { ...putting, ...getting, ...labels, ...tags },
  background: async (world) => {
    await Promise.all([keepPolicies(world), deliverNews(world)]);
  },
};
