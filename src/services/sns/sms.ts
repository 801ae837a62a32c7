import type * as sdk from "@aws-sdk/client-sns";
import type { Handlers } from "../define.ts";
import { isPhoneNumber } from "./endpoints.ts";
import { fault, invalid } from "./faults.ts";
import { pageOf } from "./paging.ts";
import { optedOut, readOptOut, readSettings, writeOptOut, writeSettings } from "./phone-records.ts";

const MONTH_MS = 30 * 86_400_000;
const SENDER = /^(?=.*[A-Za-z])[A-Za-z0-9]{1,11}$/;
/** A new account may spend a dollar a month. */
const DEFAULTS = { MonthlySpendLimit: "1" };

/** https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html */
const SETTINGS: Readonly<Record<string, (value: string) => boolean>> = {
  MonthlySpendLimit: (value) => /^\d{1,9}$/.test(value),
  DeliveryStatusIAMRole: (value) => /^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(value),
  DeliveryStatusSuccessSamplingRate: (value) => /^\d{1,3}$/.test(value) && Number(value) <= 100,
  DefaultSenderID: (value) => SENDER.test(value),
  DefaultSMSType: (value) => value === "Promotional" || value === "Transactional",
  UsageReportS3Bucket: (value) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value),
};

export const sms = {
  async SetSMSAttributes(input, { store, scope }) {
    const given = (input.attributes ?? {}) as Record<string, string>;
    for (const [name, value] of Object.entries(given)) {
      const isRight = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
      if (!isRight) throw fault("InvalidParameterException", `${name} is not a valid attribute`);
      if (value !== "" && !isRight(value)) throw fault("InvalidParameterException", `${name} is invalid`);
    }
    await store.transact(async (tx) => {
      const next = Object.entries({ ...(await readSettings(tx, scope)), ...given });
      writeSettings(tx, scope, Object.fromEntries(next.filter(([, value]) => value !== "")));
    });
    return {};
  },

  async GetSMSAttributes(input, { store, scope }) {
    const wanted = input.attributes ?? [];
    const all = { ...DEFAULTS, ...(await store.transact((tx) => readSettings(tx, scope))) };
    const shown = Object.entries(all).filter(([name]) => wanted.length === 0 || wanted.includes(name));
    return { attributes: Object.fromEntries(shown) };
  },

  async CheckIfPhoneNumberIsOptedOut(input, { store, scope }) {
    const number = readNumber(input.phoneNumber);
    const record = await store.transact((tx) => readOptOut(tx, scope, number));
    return { isOptedOut: record?.out ?? false };
  },

  async ListPhoneNumbersOptedOut(input, { store, scope }) {
    const { items, token } = await store.transact((tx) =>
      pageOf((after) => optedOut(tx, scope, after), input.nextToken, String),
    );
    return { phoneNumbers: items, ...(token === undefined ? {} : { nextToken: token }) };
  },

  async OptInPhoneNumber(input, { store, scope, clock }) {
    const number = readNumber(input.phoneNumber);
    const nowMs = Math.floor(clock.now());
    await store.transact(async (tx) => {
      const record = await readOptOut(tx, scope, number);
      if (!record?.out) return;
      if (record.inMs !== undefined && record.inMs + MONTH_MS > nowMs) {
        throw invalid("PhoneNumber Reason: a phone number can be opted in only once every 30 days");
      }
      writeOptOut(tx, scope, { v: 1, number, out: false, inMs: nowMs });
    });
    return {};
  },

  async ListOriginationNumbers() {
    // Numbers are leased, and nobody leases any here.
    return { PhoneNumbers: [] };
  },
} satisfies Handlers<typeof sdk>;

function readNumber(text: string | undefined): string {
  if (text !== undefined && isPhoneNumber(text)) return text;
  throw invalid("PhoneNumber Reason: input incorrectly formatted");
}
