/** What is wrong with a dashboard's body, and where. */
export interface Problem {
  readonly DataPath: string;
  readonly Message: string;
  /** Without it, the dashboard is taken all the same. */
  readonly isError: boolean;
}

const TYPES = ["metric", "text", "log", "alarm", "explorer", "trace", "custom", "chart", "table"];
const MOST_WIDGETS = 500;
const MOST_METRICS = 500;
const GRID_WIDTH = 24;
const MOST_HEIGHT = 1_000;

type Members = Readonly<Record<string, unknown>>;

/**
 * Errors are refused, warnings told.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
export function problemsOf(text: string): Problem[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "";
    return [problem("", `The field DashboardBody must be a valid JSON object: ${why}`)];
  }
  if (!isMembers(body)) return [problem("", "The field DashboardBody must be a valid JSON object")];
  const { widgets } = body;
  if (widgets === undefined) return [problem("", 'Should have required property "widgets"')];
  if (!Array.isArray(widgets)) return [problem("/widgets", "Should be array")];
  if (widgets.length > MOST_WIDGETS) {
    return [problem("/widgets", `Should NOT have more than ${MOST_WIDGETS} items`)];
  }
  return widgets.flatMap((widget, at) => widgetProblems(widget, `/widgets/${at}`));
}

function widgetProblems(widget: unknown, path: string): Problem[] {
  if (!isMembers(widget)) return [problem(path, "Should be object")];
  const { type, properties, x, y, width, height } = widget;
  const problems: Problem[] = [];
  if (type === undefined) problems.push(problem(path, 'Should have required property "type"'));
  else if (typeof type !== "string" || !TYPES.includes(type)) {
    problems.push(
      problem(`${path}/type`, `Should be equal to one of the allowed values: ${TYPES.join(", ")}`),
    );
  }
  const places = [
    ["x", x, 0, GRID_WIDTH - 1],
    ["y", y, 0, Number.MAX_SAFE_INTEGER],
    ["width", width, 1, GRID_WIDTH],
    ["height", height, 1, MOST_HEIGHT],
  ] as const;
  for (const [name, value, least, most] of places) {
    if (value === undefined) continue;
    if (!Number.isInteger(value)) problems.push(problem(`${path}/${name}`, "Should be integer"));
    else if (Number(value) < least) problems.push(problem(`${path}/${name}`, `Should be >= ${least}`));
    else if (Number(value) > most) problems.push(problem(`${path}/${name}`, `Should be <= ${most}`));
  }
  if (!isMembers(properties)) {
    problems.push(problem(path, 'Should have required property "properties"'));
    return problems;
  }
  return [...problems, ...propertyProblems(String(type), properties, `${path}/properties`)];
}

function propertyProblems(type: string, properties: Members, path: string): Problem[] {
  const problems: Problem[] = [];
  const need = (name: string) => {
    if (properties[name] === undefined)
      problems.push(problem(path, `Should have required property "${name}"`));
  };
  if (type === "text") need("markdown");
  if (type === "log") need("region");
  if (type === "alarm") need("alarms");
  if (type !== "metric") return problems;
  const { metrics, annotations, region } = properties;
  if (metrics === undefined && annotations === undefined) need("metrics");
  if (metrics !== undefined && !Array.isArray(metrics)) {
    problems.push(problem(`${path}/metrics`, "Should be array"));
  } else if (Array.isArray(metrics)) {
    if (metrics.length > MOST_METRICS) {
      problems.push(problem(`${path}/metrics`, `Should NOT have more than ${MOST_METRICS} items`));
    }
    for (const [at, row] of metrics.entries()) {
      if (Array.isArray(row) && row.length > 0) continue;
      problems.push(problem(`${path}/metrics/${at}`, "Should NOT have fewer than 1 items"));
    }
  }
  if (region === undefined) {
    problems.push(warning(path, 'Should have required property "region": the region of the request is used'));
  }
  return problems;
}

const problem = (DataPath: string, Message: string): Problem => ({ DataPath, Message, isError: true });
const warning = (DataPath: string, Message: string): Problem => ({ DataPath, Message, isError: false });

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
