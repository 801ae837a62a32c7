import { defineService } from "../define.ts";
import { actions, policies, targets } from "./handlers.ts";
import { forecasts, tags } from "./tags.ts";
import { scaleByTheClock } from "./worker.ts";

declare module "../define.ts" {
  interface Sdks {
    "application-auto-scaling": typeof import("@aws-sdk/client-application-auto-scaling");
  }
}

/** Application Auto Scaling, for the tables and indexes of DynamoDB. */
export const applicationAutoScaling = defineService({
  id: "application-auto-scaling",
  load: () => import("@aws-sdk/client-application-auto-scaling"),
  wire: {
    protocols: ["awsJson1_1"],
    target: "AnyScaleFrontendService",
    version: "2016-02-06",
    signingName: "application-autoscaling",
  },
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
  background: scaleByTheClock,
});
