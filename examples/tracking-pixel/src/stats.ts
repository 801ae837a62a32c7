// How often a page was looked at, in all and by the minute.
import { DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";

const dynamodb = new DynamoDBClient();

interface Request {
  readonly queryStringParameters?: Readonly<Record<string, string>>;
}

export async function handler({ queryStringParameters = {} }: Request): Promise<object> {
  const { page } = queryStringParameters;
  if (!page) return answer(400, { message: "Which page? /stats?page=…" });
  const minutes: Record<string, number> = {};
  let visited = 0;
  const query = {
    TableName: process.env.COUNTS,
    KeyConditionExpression: "page = :page",
    ExpressionAttributeValues: { ":page": { S: page } },
  };
  for await (const { Items } of paginateQuery({ client: dynamodb }, query))
    for (const { minute, visited: count } of Items ?? []) {
      const [start = ""] = (minute?.S ?? "").split(" ");
      minutes[start] = (minutes[start] ?? 0) + Number(count?.N);
      visited += Number(count?.N);
    }
  return answer(200, { page, visited, minutes });
}

function answer(statusCode: number, document: unknown): object {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}
