// What became of an order.
import { answer, type HttpAnswer, type HttpEvent } from "./events.ts";
import { find } from "./orders.ts";

export async function handler({ pathParameters }: HttpEvent): Promise<HttpAnswer> {
  const order = await find(pathParameters?.id ?? "");
  return order ? answer(200, order) : answer(404, { message: "There is no such order." });
}
