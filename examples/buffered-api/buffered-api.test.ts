import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startNuage } from "../../src/testing/index.ts";
import { nuage as run } from "../../test/cli.ts";

let nuage: Awaited<ReturnType<typeof startNuage>>;
let api: string;

beforeAll(async () => {
  nuage = await startNuage();
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { code, out, err } = await run(["deploy", folder, "--yes"], { NUAGE_ENDPOINT: nuage.endpoint });
  expect({ code, err }, out).toMatchObject({ code: 0 });
  api = /(http:\S+) +HTTP API/.exec(out)?.[1]?.replace(/\/$/, "") ?? "";
}, 60_000);

afterAll(() => nuage?.stop());

async function order(item: string): Promise<{ id: string; state: string }> {
  const response = await fetch(`${api}/orders`, { method: "POST", body: JSON.stringify({ item }) });
  expect(response.status).toBe(202);
  return (await response.json()) as { id: string; state: string };
}

const stateOf = async ({ id }: { id: string }) => (await fetch(`${api}/orders/${id}`)).json();

it("takes a crowd of orders at once, and delivers every one", async () => {
  const orders = await Promise.all(Array.from({ length: 12 }, (_, index) => order(`lamp ${index}`)));
  expect(orders[0]).toMatchObject({ state: "buffered" });
  // Those that met a backend with both hands full come again.
  await nuage.advance("5 minutes");
  const states = await Promise.all(orders.map(stateOf));
  for (const [index, { id }] of orders.entries()) {
    const receipt = `R-${id.slice(0, 8)}`;
    expect(states[index]).toEqual({ id, item: `lamp ${index}`, state: "delivered", receipt });
  }
});

it("gives up what the backend refuses again and again, and nothing else", async () => {
  const [bad, good] = await Promise.all([order("antimatter"), order("lamp")]);
  await nuage.idle();
  expect(await stateOf(good)).toMatchObject({ state: "delivered" });
  expect(await stateOf(bad)).toMatchObject({ state: "buffered" });
  await nuage.advance("5 minutes");
  expect(await stateOf(bad)).toMatchObject({ state: "given up" });
});

it("refuses what is no order, and knows none that was never given", async () => {
  for (const body of ["", "no JSON", "{}", '{"item": 7}'])
    expect((await fetch(`${api}/orders`, { method: "POST", body })).status).toBe(400);
  expect((await fetch(`${api}/orders/none`)).status).toBe(404);
});
