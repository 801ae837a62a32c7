import type { Service } from "../define.ts";
import { actions, policies, targets } from "./handlers.ts";
import { followAlarms } from "./signals.ts";
import { forecasts, tags } from "./tags.ts";
import { scaleByTheClock } from "./worker.ts";

export const service: Service<"application-auto-scaling"> = {
  handlers: { ...targets, ...policies, ...actions, ...tags, ...forecasts },
  constraints: {
    "PutScalingPolicyRequest.PolicyName": { length: [1, 256] },
    "TagResourceRequest.ResourceARN": { length: [1, 1011] },
    "UntagResourceRequest.ResourceARN": { length: [1, 1011] },
    "UntagResourceRequest.TagKeys": { length: [0, 200] },
    "ListTagsForResourceRequest.ResourceARN": { length: [1, 1011] },
    "GetPredictiveScalingForecastRequest.PolicyName": { length: [1, 256] },
    "PutScheduledActionRequest.ScheduledActionName": { length: [1, 256] },
    "DescribeScalableTargetsRequest.MaxResults": { range: [1, 50] },
    "DescribeScalingPoliciesRequest.MaxResults": { range: [1, 50] },
    "DescribeScheduledActionsRequest.MaxResults": { range: [1, 50] },
    "DescribeScalingActivitiesRequest.MaxResults": { range: [1, 50] },
  },
  async background(world) {
    await Promise.all([scaleByTheClock(world), followAlarms(world)]);
  },
};
