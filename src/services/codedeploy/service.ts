import type { Service } from "../define.ts";
import { applications } from "./applications.ts";
import { configurations } from "./configurations.ts";
import { deployments } from "./deployments.ts";
import { groups } from "./groups.ts";
import { deliverNews } from "./news.ts";
import { workOnDeployments } from "./progress.ts";
import { revisions } from "./revisions.ts";
import { tags } from "./tags.ts";
import { targets } from "./targets.ts";

export const service: Service<"codedeploy"> = {
  handlers: {
    ...applications,
    ...groups,
    ...configurations,
    ...deployments,
    ...targets,
    ...revisions,
    ...tags,
  },
  background: async (world) => {
    await Promise.all([workOnDeployments(world), deliverNews(world)]);
  },
};
