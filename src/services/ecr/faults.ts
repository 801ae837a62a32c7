import type { Scope } from "../../kernel/scope.ts";
import { faultsOf } from "../define.ts";

/** ECR's own errors; all of them are in the model. */
export const fault = faultsOf<typeof import("@aws-sdk/client-ecr")>();

export const missing = (name: string, { account }: Scope) =>
  fault(
    "RepositoryNotFoundException",
    `The repository with name '${name}' does not exist in the registry with id '${account}'`,
  );
