import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Handlers } from "../../define.ts";
import { ACCOUNT_UNITS, TABLE_UNITS } from "./quotas.ts";

const ENDPOINT_CACHE_MINUTES = 1440;

export const limits = {
  async DescribeLimits() {
    return {
      AccountMaxReadCapacityUnits: ACCOUNT_UNITS,
      AccountMaxWriteCapacityUnits: ACCOUNT_UNITS,
      TableMaxReadCapacityUnits: TABLE_UNITS,
      TableMaxWriteCapacityUnits: TABLE_UNITS,
    };
  },

  async DescribeEndpoints(_input, { endpoint }) {
    const Address = new URL(endpoint).host;
    return { Endpoints: [{ Address, CachePeriodInMinutes: ENDPOINT_CACHE_MINUTES }] };
  },
} satisfies Handlers<typeof sdk>;
