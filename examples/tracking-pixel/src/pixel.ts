// Answers with a picture that nobody sees, and notes who asked for it. The stream takes the load: however
// many come at once, nobody waits for the counting.
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import type { Visit } from "./visit.ts";

const kinesis = new KinesisClient();

/** One transparent pixel. */
const GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

interface Request {
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: { readonly requestId: string; readonly timeEpoch: number };
}

export async function handler({ queryStringParameters = {}, requestContext }: Request): Promise<object> {
  const { page, visitor = requestContext.requestId } = queryStringParameters;
  if (page) {
    const visit: Visit = { page, visitor, at: new Date(requestContext.timeEpoch).toISOString() };
    await kinesis.send(
      new PutRecordCommand({
        StreamName: process.env.VISITS,
        // A page's visits stay in order, and in one shard.
        PartitionKey: page,
        Data: Buffer.from(JSON.stringify(visit)),
      }),
    );
  }
  return {
    statusCode: 200,
    headers: { "content-type": "image/gif", "cache-control": "no-store" },
    isBase64Encoded: true,
    body: GIF,
  };
}
