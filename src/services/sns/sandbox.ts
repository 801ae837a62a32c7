import type * as sdk from "@aws-sdk/client-sns";
import type { Context, Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { postLetter } from "./letters.ts";
import { pageOf } from "./paging.ts";
import { readOptOut, readSandbox, removeSandbox, sandboxNumbers, writeSandbox } from "./phone-records.ts";

const MOST_NUMBERS = 10;

/** What somebody wants verified before he leaves the sandbox, which holds nobody here. */
export const sandbox = {
  async GetSMSSandboxAccountStatus() {
    return { IsInSandbox: false };
  },

  async CreateSMSSandboxPhoneNumber(input, context) {
    const { PhoneNumber: number = "" } = input;
    const { store, scope, ids, clock } = context;
    const code = String(Math.floor(ids.fraction() * 1_000_000)).padStart(6, "0");
    const id = ids.uuid();
    const nowMs = Math.floor(clock.now());
    await store.transact(async (tx) => {
      if ((await readOptOut(tx, scope, number))?.out) {
        throw fault("OptedOutException", `${number} is opted out of SMS messages`);
      }
      const there = await readSandbox(tx, scope, number);
      if (there?.status === "Verified") {
        throw fault("UserErrorException", `${number} is already verified`);
      }
      if (!there) await checkCount(context, tx);
      writeSandbox(tx, scope, { v: 1, number, status: "Pending", code, createdMs: nowMs });
      postLetter(tx, {
        v: 1,
        id,
        ...scope,
        timeMs: nowMs,
        protocol: "sms",
        recipient: number,
        body: `Your AWS SNS sandbox verification code is ${code}`,
      });
    });
    return {};
  },

  async VerifySMSSandboxPhoneNumber(input, { store, scope }) {
    const { PhoneNumber: number = "", OneTimePassword } = input;
    await store.transact(async (tx) => {
      const there = await readSandbox(tx, scope, number);
      if (!there) throw noSuchNumber(number);
      if (there.code !== OneTimePassword) {
        throw fault("VerificationException", "The one-time password is not the one that was sent", {
          Status: "Failed",
        });
      }
      writeSandbox(tx, scope, { ...there, status: "Verified" });
    });
    return {};
  },

  async DeleteSMSSandboxPhoneNumber(input, { store, scope }) {
    const { PhoneNumber: number = "" } = input;
    await store.transact(async (tx) => {
      if (!(await readSandbox(tx, scope, number))) throw noSuchNumber(number);
      removeSandbox(tx, scope, number);
    });
    return {};
  },

  async ListSMSSandboxPhoneNumbers(input, { store, scope }) {
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => sandboxNumbers(tx, scope, after),
        input.NextToken,
        ({ number }) => number,
        input.MaxResults,
      ),
    );
    const PhoneNumbers = items.map(({ number, status }) => ({ PhoneNumber: number, Status: status }));
    return { PhoneNumbers, ...(token === undefined ? {} : { NextToken: token }) };
  },
} satisfies Handlers<typeof sdk>;

async function checkCount({ scope }: Context, tx: Parameters<typeof readSandbox>[0]): Promise<void> {
  let count = 0;
  for await (const _ of sandboxNumbers(tx, scope)) count++;
  if (count >= MOST_NUMBERS) {
    throw fault("UserErrorException", `At most ${MOST_NUMBERS} phone numbers can be in the sandbox`);
  }
}

function noSuchNumber(number: string) {
  return fault("ResourceNotFoundException", `${number} is not in the sandbox`);
}
