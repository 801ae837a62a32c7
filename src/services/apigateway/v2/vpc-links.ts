import type * as sdk from "@aws-sdk/client-apigatewayv2";
import type { Transaction } from "../../../store/store.ts";
import type { Context, Handlers } from "../../define.ts";
import { noPart } from "../faults.ts";
import { newResourceId } from "../ids.ts";
import { page } from "../paging.ts";
import { changeTags, checkTags, readTags } from "../tags.ts";
import { deleteVpcLink, readVpcLink, type VpcLinkRecord, vpcLinksOf, writeVpcLink } from "../vpc-links.ts";
import { checkText } from "./checks.ts";

export const vpcLinks = {
  async CreateVpcLink(input, context) {
    checkText("Name", input.Name, 1, 128);
    const link: VpcLinkRecord = {
      v: 1,
      ...context.scope,
      id: newResourceId(context.ids),
      name: input.Name ?? "",
      createdMs: Math.floor(context.clock.now()),
      subnetIds: input.SubnetIds ?? [],
      securityGroupIds: input.SecurityGroupIds ?? [],
      tags: checkTags(input.Tags),
    };
    await context.store.transact(async (tx) => writeVpcLink(tx, link));
    return shown(link);
  },

  async GetVpcLink(input, context) {
    return shown(await context.store.transact((tx) => require(tx, context, input.VpcLinkId)));
  },

  async GetVpcLinks(input, context) {
    const { items, token } = await context.store.transact((tx) =>
      page(vpcLinksOf(tx, context.scope), ({ id }) => id, input),
    );
    return { Items: items.map(shown), ...token };
  },

  async UpdateVpcLink(input, context) {
    checkText("Name", input.Name, 1, 128);
    return context.store.transact(async (tx) => {
      const link = await require(tx, context, input.VpcLinkId);
      const next = { ...link, name: input.Name ?? link.name };
      writeVpcLink(tx, next);
      return shown(next);
    });
  },

  async DeleteVpcLink(input, context) {
    await context.store.transact(async (tx) =>
      deleteVpcLink(tx, await require(tx, context, input.VpcLinkId)),
    );
    return {};
  },
} satisfies Handlers<typeof sdk>;

export const tags = {
  async GetTags(input, context) {
    return { Tags: { ...(await readTags(context, input.ResourceArn)) } };
  },

  async TagResource(input, context) {
    await changeTags(context, input.ResourceArn, (before) => ({ ...before, ...input.Tags }));
    return {};
  },

  async UntagResource(input, context) {
    const gone = new Set(input.TagKeys ?? []);
    await changeTags(context, input.ResourceArn, (before) =>
      Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key))),
    );
    return {};
  },
} satisfies Handlers<typeof sdk>;

async function require(tx: Transaction, { scope }: Context, id: string | undefined): Promise<VpcLinkRecord> {
  const link = await readVpcLink(tx, scope, id ?? "");
  if (!link) throw noPart("VpcLink");
  return link;
}

function shown({ id, name, createdMs, subnetIds, securityGroupIds, tags }: VpcLinkRecord) {
  return {
    VpcLinkId: id,
    Name: name,
    CreatedDate: new Date(createdMs),
    SubnetIds: [...subnetIds],
    SecurityGroupIds: [...securityGroupIds],
    Tags: { ...tags },
    VpcLinkStatus: "AVAILABLE" as const,
    VpcLinkStatusMessage: "VPC link is ready to route traffic",
    VpcLinkVersion: "V2" as const,
  };
}
