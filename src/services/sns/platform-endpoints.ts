import type * as sdk from "@aws-sdk/client-sns";
import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import {
  endpointsOf,
  type PlatformEndpoint,
  readByDevice,
  readPlatformEndpoint,
  removePlatformEndpoint,
  writePlatformEndpoint,
} from "./application-records.ts";
import { requireApplication } from "./applications.ts";
import { fault, invalid, invalidAttribute } from "./faults.ts";
import { requireArn } from "./names.ts";
import { pageOf } from "./paging.ts";
import type { Attributes } from "./records.ts";

const NAMES = new Set(["CustomUserData", "Enabled", "Token", "ChannelId", "UserId"]);
const MOST_USER_DATA = 2048;

export const platformEndpoints = {
  async CreatePlatformEndpoint(input, { store, ids }) {
    const { PlatformApplicationArn = "", Token = "", CustomUserData } = input;
    const given = (input.Attributes ?? {}) as Attributes;
    checkAttributes(given);
    if (Token === "") throw invalid("Token Reason: no value for required parameter");
    const own: Attributes = CustomUserData ? { CustomUserData } : {};
    checkAttributes(own);
    const attributes = { Enabled: "true", Token, ...own, ...given };
    const id = ids.uuid();
    return store.transact(async (tx) => {
      const application = await requireApplication(tx, PlatformApplicationArn);
      const there = await readByDevice(tx, application.arn, Token);
      if (there && !sameAttributes(there.attributes, attributes)) {
        throw invalid(
          `Token Reason: Endpoint ${there.arn} already exists with the same Token, but different attributes.`,
        );
      }
      if (there) return { EndpointArn: there.arn };
      const arn = `${application.arn.replace(":app/", ":endpoint/")}/${id}`;
      writePlatformEndpoint(tx, { v: 1, arn, application: application.arn, attributes });
      return { EndpointArn: arn };
    });
  },

  async GetEndpointAttributes(input, { store }) {
    const found = await store.transact((tx) => requireEndpoint(tx, input.EndpointArn));
    return { Attributes: { ...found.attributes } };
  },

  async SetEndpointAttributes(input, { store }) {
    const given = (input.Attributes ?? {}) as Attributes;
    await store.transact(async (tx) => {
      const found = await requireEndpoint(tx, input.EndpointArn);
      checkAttributes(given);
      removePlatformEndpoint(tx, found);
      writePlatformEndpoint(tx, { ...found, attributes: { ...found.attributes, ...given } });
    });
    return {};
  },

  async DeleteEndpoint(input, { store }) {
    const arn = readEndpointArn(input.EndpointArn);
    await store.transact(async (tx) => {
      const found = await readPlatformEndpoint(tx, arn);
      if (found) removePlatformEndpoint(tx, found);
    });
    return {};
  },

  async ListEndpointsByPlatformApplication(input, { store }) {
    const { items, token } = await store.transact(async (tx) => {
      const application = await requireApplication(tx, input.PlatformApplicationArn);
      return pageOf(
        (after) => endpointsOf(tx, application.arn, after),
        input.NextToken,
        ({ arn }) => arn,
      );
    });
    const Endpoints = items.map(({ arn, attributes }) => ({
      EndpointArn: arn,
      Attributes: { ...attributes },
    }));
    return { Endpoints, ...(token === undefined ? {} : { NextToken: token }) };
  },
} satisfies Handlers<typeof sdk>;

function readEndpointArn(text: string | undefined): string {
  const { resource } = requireArn(text, "EndpointArn");
  if (!/^endpoint\/[^/]+\/[^/]+\/[^/]+$/.test(resource)) {
    throw invalid("EndpointArn Reason: Wrong number of slashes in relative portion of the ARN.");
  }
  return text ?? "";
}

async function requireEndpoint(tx: Transaction, text: string | undefined): Promise<PlatformEndpoint> {
  const found = await readPlatformEndpoint(tx, readEndpointArn(text));
  if (!found) throw fault("NotFoundException", "Endpoint does not exist");
  return found;
}

function checkAttributes(given: Attributes): void {
  for (const name of Object.keys(given)) {
    if (!NAMES.has(name)) throw invalidAttribute(`Invalid attribute name: ${name}`, true);
  }
  if (Buffer.byteLength(given.CustomUserData ?? "") > MOST_USER_DATA) {
    throw invalidAttribute(
      "Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding",
      true,
    );
  }
}

function sameAttributes(one: Attributes, other: Attributes): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => one[name] === other[name]);
}
