// Stacks of one platform, through the SDK.
import * as sdk from "@aws-sdk/client-cloudformation";
import { type Nuage, type NuageOptions, startNuage } from "../../testing/index.ts";

export interface Stacks {
  readonly nuage: Nuage;
  readonly client: sdk.CloudFormationClient;
  create(name: string, template: string, more?: Partial<sdk.CreateStackInput>): Promise<Seen>;
  update(name: string, template: string, more?: Partial<sdk.UpdateStackInput>): Promise<Seen>;
  remove(name: string): Promise<void>;
  see(name: string): Promise<Seen>;
  /** The reasons that events of a resource gave. */
  reasons(name: string, logicalId: string): Promise<string[]>;
}

interface Seen {
  readonly status: string | undefined;
  readonly outputs: Readonly<Record<string, string | undefined>>;
}

export async function startStacks(options: NuageOptions = {}): Promise<Stacks> {
  const nuage = await startNuage(options);
  const client = nuage.client(sdk.CloudFormationClient);
  const Capabilities: sdk.Capability[] = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
  const see = async (StackName: string) => {
    const { Stacks: [stack] = [] } = await client.send(new sdk.DescribeStacksCommand({ StackName }));
    const outputs = (stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]);
    return { status: stack?.StackStatus, outputs: Object.fromEntries(outputs) };
  };
  return {
    nuage,
    client,
    see,
    async create(StackName, TemplateBody, more = {}) {
      await client.send(new sdk.CreateStackCommand({ StackName, TemplateBody, Capabilities, ...more }));
      await nuage.idle();
      return see(StackName);
    },
    async update(StackName, TemplateBody, more = {}) {
      await client.send(new sdk.UpdateStackCommand({ StackName, TemplateBody, Capabilities, ...more }));
      await nuage.idle();
      return see(StackName);
    },
    async remove(StackName) {
      await client.send(new sdk.DeleteStackCommand({ StackName }));
      await nuage.idle();
    },
    async reasons(StackName, logicalId) {
      const { StackEvents = [] } = await client.send(new sdk.DescribeStackEventsCommand({ StackName }));
      return StackEvents.filter(({ LogicalResourceId }) => LogicalResourceId === logicalId).flatMap(
        ({ ResourceStatusReason: reason }) => reason ?? [],
      );
    },
  };
}
