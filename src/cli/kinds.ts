/** Services whose names in types are not those that people say. */
const SERVICES: Readonly<Record<string, string>> = {
  ApiGateway: "API Gateway",
  ApiGatewayV2: "API Gateway",
  ApplicationAutoScaling: "Auto Scaling",
  Events: "EventBridge",
  Logs: "CloudWatch Logs",
  SecretsManager: "Secrets Manager",
  SSM: "SSM",
  StepFunctions: "Step Functions",
};

const SHORT = new Set(["api", "url", "id"]);

/** A type of resources in words: `Lambda event source mapping` for `AWS::Lambda::EventSourceMapping`. */
export function kindOf(type: string): string {
  const [owner = "", service = "", name = ""] = type.split("::");
  if (owner !== "AWS" || name === "") return type;
  const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, " ").toLowerCase();
  const said = words.replaceAll(/[a-z]+/g, (word) => (SHORT.has(word) ? word.toUpperCase() : word));
  return `${SERVICES[service] ?? service} ${said}`;
}
