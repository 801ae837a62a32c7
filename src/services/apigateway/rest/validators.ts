import type * as sdk from "@aws-sdk/client-api-gateway";
import type { Handlers } from "../../define.ts";
import { newResourceId } from "../ids.ts";
import { defined } from "./apis.ts";
import { change, look, requireMember, without } from "./change.ts";
import { conflict } from "./faults.ts";
import { positioned } from "./pages.ts";
import { flagRule, type PatchRule, patched, textRule } from "./patch.ts";

const KIND = "Request Validator";

export const validators = {
  async CreateRequestValidator(input, context) {
    const { restApiId, ...given } = input;
    return change(context, restApiId, (record) => {
      const id = newResourceId(context.ids);
      const validator = {
        id,
        validateRequestBody: false,
        validateRequestParameters: false,
        ...defined(given),
      };
      return [{ ...record, validators: { ...record.validators, [id]: validator } }, validator] as const;
    });
  },

  async GetRequestValidator(input, context) {
    return look(context, input.restApiId, (record) =>
      requireMember(record.validators, input.requestValidatorId, KIND),
    );
  },

  async GetRequestValidators(input, context) {
    const all = await look(context, input.restApiId, (record) => Object.values(record.validators));
    return positioned(all, input, ({ id = "" }) => id);
  },

  async UpdateRequestValidator(input, context) {
    return change(context, input.restApiId, (record) => {
      const old = requireMember(record.validators, input.requestValidatorId, KIND);
      const validator = patched(old, input.patchOperations, RULES);
      return [
        { ...record, validators: { ...record.validators, [old.id ?? ""]: validator } },
        validator,
      ] as const;
    });
  },

  async DeleteRequestValidator(input, context) {
    return change(context, input.restApiId, (record) => {
      const { id = "" } = requireMember(record.validators, input.requestValidatorId, KIND);
      const used = Object.values(record.resources).some(({ resourceMethods = {} }) =>
        Object.values(resourceMethods).some(({ requestValidatorId }) => requestValidatorId === id),
      );
      if (used) throw conflict(`Cannot delete Request Validator '${id}', is referenced in method request`);
      return [{ ...record, validators: without(record.validators, id) }, {}] as const;
    });
  },
} satisfies Handlers<typeof sdk>;

const RULES: readonly PatchRule<sdk.RequestValidator>[] = [
  textRule("/name", "name"),
  flagRule("/validateRequestBody", "validateRequestBody"),
  flagRule("/validateRequestParameters", "validateRequestParameters"),
];
