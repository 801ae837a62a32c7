import { emptyOpenApi } from "../apis/open-api.ts";
import { MANAGED } from "../apis/schema.ts";
import { emptySwagger } from "../apis/swagger.ts";
import { type Dict, truthy, written } from "../dict.ts";
import { propertiesOf, serverlessResources } from "./serverless.ts";

/** APIs without a definition get an empty one, to which events add. */
export function addDefinitions(template: Dict): void {
  for (const [type, empty] of [
    ["AWS::Serverless::Api", emptySwagger],
    ["AWS::Serverless::HttpApi", emptyOpenApi],
  ] as const) {
    for (const [, resource] of serverlessResources(template, [type])) {
      const properties = propertiesOf(resource);
      if (truthy(properties.get("DefinitionBody")) || truthy(properties.get("DefinitionUri"))) continue;
      properties.set(written("DefinitionBody"), empty()).set(written(MANAGED), true);
    }
  }
}
