import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Handlers } from "../../define.ts";

const ENDPOINT_CACHE_MINUTES = 1440;

export const limits = {
  /** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
  async DescribeLimits() {
    return {
      AccountMaxReadCapacityUnits: 80_000,
      AccountMaxWriteCapacityUnits: 80_000,
      TableMaxReadCapacityUnits: 40_000,
      TableMaxWriteCapacityUnits: 40_000,
    };
  },

  async DescribeEndpoints(_input, { endpoint }) {
    const Address = new URL(endpoint).host;
    return { Endpoints: [{ Address, CachePeriodInMinutes: ENDPOINT_CACHE_MINUTES }] };
  },
} satisfies Handlers<typeof sdk>;
