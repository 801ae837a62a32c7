import type * as sdk from "@aws-sdk/client-sns";
import { formatArn } from "../../kernel/arn.ts";
import type { Transaction } from "../../store/store.ts";
import type { Context, Handlers } from "../define.ts";
import {
  type Application,
  applicationsOf,
  endpointsOf,
  readApplication,
  removeApplication,
  removePlatformEndpoint,
  writeApplication,
} from "./application-records.ts";
import { fault, invalid, invalidAttribute } from "./faults.ts";
import { requireArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import type { Attributes } from "./records.ts";

const PLATFORMS = new Set([
  ...["ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU"],
  ...["FCM", "GCM", "MACOS", "MACOS_SANDBOX", "MPNS", "WNS"],
]);
/** Those that know an app by one secret alone. */
const ONE_SECRET = new Set(["FCM", "GCM"]);
const SECRETS = ["PlatformCredential", "PlatformPrincipal"];
/** https://docs.aws.amazon.com/sns/latest/api/API_SetPlatformApplicationAttributes.html */
const NAMES = new Set([
  ...SECRETS,
  ...["EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure"],
  ...["SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate"],
  ...["ApplePlatformTeamID", "ApplePlatformBundleID", "Enabled"],
]);

export const applications = {
  async CreatePlatformApplication(input, { store, scope }) {
    const { Name = "", Platform = "" } = input;
    const attributes = (input.Attributes ?? {}) as Attributes;
    checkName(Name);
    if (!PLATFORMS.has(Platform)) throw invalid(`Platform Reason: ${Platform} is not supported`);
    checkAttributes(attributes);
    checkSecrets(Platform, attributes);
    const arn = formatArn("sns", scope, `app/${Platform}/${Name}`);
    await store.transact(async (tx) => writeApplication(tx, { v: 1, arn, attributes }));
    return { PlatformApplicationArn: arn };
  },

  async GetPlatformApplicationAttributes(input, context) {
    const found = await context.store.transact((tx) => requireApplication(tx, input.PlatformApplicationArn));
    return { Attributes: shown(found) };
  },

  async SetPlatformApplicationAttributes(input, context) {
    const given = (input.Attributes ?? {}) as Attributes;
    checkAttributes(given);
    await context.store.transact(async (tx) => {
      const found = await requireApplication(tx, input.PlatformApplicationArn);
      writeApplication(tx, { ...found, attributes: { ...found.attributes, ...given } });
    });
    return {};
  },

  async DeletePlatformApplication(input, { store }) {
    const arn = readApplicationArn(input.PlatformApplicationArn);
    await store.transact(async (tx) => {
      removeApplication(tx, arn);
      for await (const endpoint of endpointsOf(tx, arn)) removePlatformEndpoint(tx, endpoint);
    });
    return {};
  },

  async ListPlatformApplications(input, { store, scope }: Context) {
    const { items, token } = await store.transact((tx) =>
      pageOf(
        (after) => applicationsOf(tx, scope.account, scope.region, after),
        input.NextToken,
        ({ arn }) => arn,
      ),
    );
    const PlatformApplications = items.map((one) => ({
      PlatformApplicationArn: one.arn,
      Attributes: shown(one),
    }));
    return { PlatformApplications, ...(token === undefined ? {} : { NextToken: token }) };
  },
} satisfies Handlers<typeof sdk>;

function readApplicationArn(text: string | undefined): string {
  const { resource } = requireArn(text, "PlatformApplicationArn");
  if (!/^app\/[^/]+\/[^/]+$/.test(resource)) {
    throw invalid("PlatformApplicationArn Reason: Wrong number of slashes in relative portion of the ARN.");
  }
  return text ?? "";
}

export async function requireApplication(tx: Transaction, text: string | undefined): Promise<Application> {
  const found = await readApplication(tx, readApplicationArn(text));
  if (!found) throw fault("NotFoundException", "PlatformApplication does not exist");
  return found;
}

function checkName(name: string): void {
  const reason =
    name === ""
      ? "cannot be empty"
      : name.length > 256
        ? "must be at most 256 characters long"
        : /^[\w.-]+$/.test(name)
          ? undefined
          : "must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'";
  if (reason !== undefined) throw invalid(`${name} Reason: ${reason}`);
}

function checkAttributes(given: Attributes): void {
  for (const name of Object.keys(given)) {
    if (!NAMES.has(name)) throw invalidAttribute(`Invalid attribute name: ${name}`, true);
  }
}

function checkSecrets(platform: string, { PlatformCredential, PlatformPrincipal }: Attributes): void {
  if (PlatformCredential === undefined && PlatformPrincipal === undefined) {
    throw invalidAttribute("PlatformCredential must be specified", true);
  }
  if (PlatformCredential === undefined) {
    throw invalidAttribute("PlatformPrincipal attribute provided without PlatformCredential", true);
  }
  if (PlatformPrincipal === undefined && !ONE_SECRET.has(platform)) {
    throw invalidAttribute("PlatformCredential attribute provided without PlatformPrincipal", true);
  }
}

/** An application's attributes without its secrets. */
function shown({ attributes }: Application): Record<string, string> {
  const open = Object.entries(attributes).filter(([name]) => !SECRETS.includes(name));
  return { Enabled: "true", ...Object.fromEntries(open) };
}
