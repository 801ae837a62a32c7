// Macros: functions that write parts of templates.
import type { Json, JsonMap } from "../../deploy/parse.ts";
import { TemplateError } from "../../deploy/template-error.ts";
import type { Context, ResourceType } from "../define.ts";
import { text } from "../resource-types.ts";
import { fault } from "./faults.ts";

const keyOf = ({ scope }: Pick<Context, "scope">, name: string) => [
  "cfnMacro",
  scope.account,
  scope.region,
  name,
];

export const macro: ResourceType = {
  properties: {
    Description: "update",
    FunctionName: "update",
    LogGroupName: "accepted",
    LogRoleARN: "accepted",
    Name: "replace",
  },
  required: ["FunctionName", "Name"],
  async create(context, { properties }) {
    const name = text(properties.Name) ?? "";
    await context.store.transact(async (tx) => {
      if (await tx.get(keyOf(context, name)))
        throw fault("AlreadyExistsException", `Transform with name ${name} already exists`);
      tx.set(keyOf(context, name), text(properties.FunctionName) ?? "");
    });
    return { id: name, attributes: {} };
  },
  async update(context, { properties }, made) {
    await context.store.transact(async (tx) =>
      tx.set(keyOf(context, made.id), text(properties.FunctionName) ?? ""),
    );
    return made;
  },
  delete: (context, { id }) => context.store.transact(async (tx) => tx.delete(keyOf(context, id))),
};

interface Answer {
  readonly status?: string;
  readonly fragment?: Json;
  readonly errorMessage?: string;
}

/** What a macro makes of a part of a template. */
export async function runMacro(
  context: Context,
  name: string,
  fragment: JsonMap,
  params: JsonMap,
  templateParameterValues: Readonly<Record<string, unknown>>,
): Promise<Json> {
  const { account, region } = context.scope;
  const transformId = name.includes("::") ? name : `${account}::${name}`;
  const short = name.replace(/^\d{12}::/, "");
  const functionName = await context.store.transact((tx) => tx.get(keyOf(context, short)));
  if (functionName === undefined) throw new TemplateError(`No transform named ${transformId} found.`);
  const requestId = context.ids.uuid();
  const event = {
    region,
    accountId: account,
    fragment,
    transformId,
    params,
    requestId,
    templateParameterValues,
  };
  const { Payload, FunctionError } = await context.call("lambda", "Invoke", {
    FunctionName: String(functionName),
    Payload: Buffer.from(JSON.stringify(event)),
  });
  const answer = readAnswer(Payload as Uint8Array | undefined);
  const failed = (why: string) => new TemplateError(`Transform ${transformId} failed with: ${why}`);
  if (FunctionError || !answer) throw failed(`Received malformed response from transform ${transformId}`);
  if (answer.status?.toLowerCase() !== "success") {
    throw answer.errorMessage
      ? failed(answer.errorMessage)
      : new TemplateError(`Transform ${transformId} failed without an error message.`);
  }
  if (answer.fragment === undefined) {
    throw failed(`Received malformed response from transform ${transformId}`);
  }
  return answer.fragment;
}

function readAnswer(payload: Uint8Array | undefined): Answer | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload ?? []).toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Answer) : undefined;
  } catch {
    return undefined;
  }
}
