import type { Transaction } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault, revisionMismatch } from "./faults.ts";
import { layerVersionArn, nameOwnLayer } from "./layer-names.ts";
import { type LayerId, readLayerPolicy, readLayerVersion, writeLayerPolicy } from "./layer-records.ts";
import { type Statement, writeStatement } from "./policy.ts";

/** With which accounts a layer version is shared. */
export const layerPermissions = {
  async AddLayerVersionPermission(input, context) {
    const id = nameOwnLayer(input.LayerName, context.scope);
    const version = input.VersionNumber ?? 0;
    const statement = writeStatement({
      sid: input.StatementId ?? "",
      action: input.Action ?? "",
      principal: input.Principal ?? "",
      resource: layerVersionArn(id, version),
      principalOrgId: input.OrganizationId,
    });
    const revisionId = context.ids.uuid();
    const text = JSON.stringify(statement);
    await context.store.transact(async (tx) => {
      const { statements, policy } = await policyOf(tx, id, version);
      checkRevision(policy?.revisionId, input.RevisionId);
      if (statements.some((other) => sidOf(other) === input.StatementId)) {
        throw fault(
          "ResourceConflictException",
          `The statement id (${input.StatementId}) provided already exists. Please provide a new ` +
            "statement id, or remove the existing statement.",
        );
      }
      if (!statement) {
        throw fault(
          "InvalidParameterValueException",
          "The provided principal was invalid. Please check the principal and try again.",
        );
      }
      writeLayerPolicy(tx, id, version, { v: 1, revisionId, statements: [...statements, text] });
    });
    return { Statement: text, RevisionId: revisionId };
  },

  async RemoveLayerVersionPermission(input, context) {
    const id = nameOwnLayer(input.LayerName, context.scope);
    const version = input.VersionNumber ?? 0;
    const revisionId = context.ids.uuid();
    await context.store.transact(async (tx) => {
      const { statements, policy } = await policyOf(tx, id, version);
      checkRevision(policy?.revisionId, input.RevisionId);
      const kept = statements.filter((text) => sidOf(text) !== input.StatementId);
      if (kept.length === statements.length) {
        throw fault(
          "ResourceNotFoundException",
          `Statement ${input.StatementId} is not found in resource policy.`,
        );
      }
      writeLayerPolicy(tx, id, version, { v: 1, revisionId, statements: kept });
    });
    return {};
  },

  async GetLayerVersionPolicy(input, context) {
    const id = nameOwnLayer(input.LayerName, context.scope);
    const { statements, policy } = await context.store.transact((tx) =>
      policyOf(tx, id, input.VersionNumber ?? 0),
    );
    if (!policy) {
      throw fault("ResourceNotFoundException", "No policy is associated with the given resource.");
    }
    return {
      Policy: `{"Version":"2012-10-17","Id":"default","Statement":[${statements.join(",")}]}`,
      RevisionId: policy.revisionId,
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-lambda")>;

async function policyOf(tx: Transaction, id: LayerId, version: number) {
  if (!(await readLayerVersion(tx, id, version))) {
    throw fault("ResourceNotFoundException", `Layer version ${layerVersionArn(id, version)} does not exist.`);
  }
  const policy = await readLayerPolicy(tx, id, version);
  return { policy, statements: policy?.statements ?? [] };
}

function checkRevision(actual: string | undefined, wanted: string | undefined): void {
  if (wanted && wanted !== actual) throw revisionMismatch("GetLayerVersionPolicy");
}

const sidOf = (text: string): string => (JSON.parse(text) as Statement).Sid;
