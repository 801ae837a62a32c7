import type * as sdk from "@aws-sdk/client-dynamodb";
import type { Constraints } from "../../../kernel/constraints.ts";
import { Fault } from "../../../kernel/faults.ts";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { namedTableMissing } from "../faults.ts";
import type { DestinationRecord, TableRecord } from "../records.ts";
import { findTable, saveTable } from "../tables/catalog.ts";
import { parseTableName } from "../tables/names.ts";
import { invalid } from "../values/value.ts";

const STREAM_ARN = { length: [37, 1024] } as const;
const PRECISION = { enum: ["MILLISECOND", "MICROSECOND"] } as const;

/** From the service's API model. */
export const destinationConstraints: Constraints = {
  "KinesisStreamingDestinationInput.StreamArn": STREAM_ARN,
  "UpdateKinesisStreamingDestinationInput.StreamArn": STREAM_ARN,
  "EnableKinesisStreamingConfiguration.ApproximateCreationDateTimePrecision": PRECISION,
  "UpdateKinesisStreamingConfiguration.ApproximateCreationDateTimePrecision": PRECISION,
};

const UNFIT = "Table is not in a valid state to enable Kinesis Streaming Destination: ";
const NOT_FOUND = "User does not have a permission to use kinesis stream";

/**
 * Kinesis streams that get the changes of tables. As AWS has them: a table has one that is active at most,
 * and keeps those that were disabled or could not be enabled in its list.
 */
export const destinations = {
  async EnableKinesisStreamingDestination(input, context) {
    const { StreamArn = "", EnableKinesisStreamingConfiguration: configuration } = input;
    const precision = configuration?.ApproximateCreationDateTimePrecision;
    const isThere = await streamIsThere(context, StreamArn);
    return context.store.transact(async (tx) => {
      const record = await getRecord(tx, context, input.TableName);
      if (record.destinations?.some(isActive)) {
        throw invalid(
          `${UNFIT}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED ` +
            "to perform ENABLE operation.",
        );
      }
      put(tx, context, record, {
        streamArn: StreamArn,
        ...(precision ? { precision } : {}),
        ...(isThere
          ? { status: "ACTIVE" as const }
          : { status: "ENABLE_FAILED" as const, reason: NOT_FOUND }),
      });
      return {
        TableName: record.name,
        StreamArn,
        DestinationStatus: "ENABLING" as const,
        ...(precision
          ? { EnableKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision } }
          : {}),
      };
    });
  },

  async DisableKinesisStreamingDestination(input, context) {
    const { StreamArn = "" } = input;
    if (input.EnableKinesisStreamingConfiguration) {
      throw invalid("Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters");
    }
    return context.store.transact(async (tx) => {
      const record = await getRecord(tx, context, input.TableName);
      if (!findActive(record, StreamArn)) {
        throw invalid(`${UNFIT}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.`);
      }
      put(tx, context, record, { streamArn: StreamArn, status: "DISABLED" });
      return { TableName: record.name, StreamArn, DestinationStatus: "DISABLING" as const };
    });
  },

  async UpdateKinesisStreamingDestination(input, context) {
    const { StreamArn = "", UpdateKinesisStreamingConfiguration: configuration } = input;
    const precision = configuration?.ApproximateCreationDateTimePrecision;
    if (!precision) {
      throw invalid(
        "Streaming destination cannot be updated with given parameters: " +
          "UpdateKinesisStreamingConfiguration cannot be null or contain only null values",
      );
    }
    return context.store.transact(async (tx) => {
      const record = await getRecord(tx, context, input.TableName);
      const active = findActive(record, StreamArn);
      if (!active) {
        throw invalid(
          `${UNFIT}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. ` +
            `TableName: ${record.name}`,
        );
      }
      if ((active.precision ?? "MILLISECOND") === precision) {
        throw invalid(
          `Invalid Request: Precision is already set to the desired value of ${precision} ` +
            `for tableId: ${record.id}, kdsArn: ${StreamArn}`,
        );
      }
      put(tx, context, record, { ...active, precision });
      return {
        TableName: record.name,
        StreamArn,
        DestinationStatus: "UPDATING" as const,
        UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: precision },
      };
    });
  },

  async DescribeKinesisStreamingDestination(input, context) {
    const record = await context.store.transact((tx) => getRecord(tx, context, input.TableName));
    return {
      TableName: record.name,
      KinesisDataStreamDestinations: (record.destinations ?? []).map((each) => ({
        StreamArn: each.streamArn,
        DestinationStatus: each.status,
        ...(each.reason ? { DestinationStatusDescription: each.reason } : {}),
        ...(each.precision ? { ApproximateCreationDateTimePrecision: each.precision } : {}),
      })),
    };
  },
} satisfies Handlers<typeof sdk>;

export const isActive = ({ status }: DestinationRecord): boolean => status === "ACTIVE";

function findActive({ destinations: known }: TableRecord, arn: string): DestinationRecord | undefined {
  return known?.find((each) => each.streamArn === arn && isActive(each));
}

async function getRecord(
  tx: Transaction,
  context: Context,
  tableName: string | undefined,
): Promise<TableRecord> {
  const { scope, name } = parseTableName(tableName ?? "", context.scope);
  const table = await findTable(tx, context.store, scope, name);
  if (!table) throw namedTableMissing(name);
  return table.record;
}

/** In front of the others, in place of what was known of the stream. */
function put(tx: Transaction, context: Context, record: TableRecord, destination: DestinationRecord): void {
  const others = record.destinations?.filter(({ streamArn }) => streamArn !== destination.streamArn) ?? [];
  saveTable(tx, context, { ...record, destinations: [destination, ...others] });
}

async function streamIsThere(context: Context, StreamARN: string): Promise<boolean> {
  try {
    await context.call("kinesis", "DescribeStreamSummary", { StreamARN });
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}
