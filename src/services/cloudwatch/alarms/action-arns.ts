import { parseArn } from "../../../kernel/arn.ts";
import { PARTITION } from "../../../kernel/scope.ts";
import { validationError } from "../faults.ts";
import type { Alarm } from "./records.ts";

interface Kind {
  /** The ARN from its service on, without its Region and account: `sns:name`. */
  readonly form: RegExp;
  /** Composite alarms neither act on machines nor scale anything. */
  readonly ofComposite: boolean;
}

/** What alarms can act on. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const KINDS: readonly Kind[] = [
  { form: /^sns:[\w-]{1,256}(\.fifo)?$/, ofComposite: true },
  { form: /^lambda:function:[\w-]+(:[\w$-]+)?$/, ofComposite: true },
  { form: /^ssm:opsitem:[1-4](#CATEGORY=.+)?$/, ofComposite: true },
  { form: /^ssm-incidents:response-?plan\/.+$/, ofComposite: true },
  { form: /^aiops:investigation-group:.+$/, ofComposite: true },
  { form: /^autoscaling:scalingPolicy:[^:]+:.+$/, ofComposite: false },
  { form: /^automate:(stop|terminate|reboot|recover)$/, ofComposite: false },
  {
    form: /^swf:action\/actions\/AWS_EC2\.InstanceId\.(Stop|Terminate|Reboot|Recover)\/1\.0$/,
    ofComposite: false,
  },
];

/** Faults: ValidationError for what no alarm of the kind can act on, or what lies in another Region. */
export function checkActions(kind: Alarm["kind"], region: string, arns: readonly string[]): void {
  for (const text of arns) {
    const arn = parseArn(text);
    if (!arn) throw validationError(`Invalid arn syntax: ${text}`);
    if (arn.partition !== PARTITION) throw elsewhere("partition", arn.partition, PARTITION);
    const form = `${arn.service}:${arn.resource}`;
    const isKnown = KINDS.some((one) => one.form.test(form) && (kind === "metric" || one.ofComposite));
    if (!isKnown) throw validationError(`Invalid arn syntax: ${text}`);
    const isGlobal = arn.service === "ssm-incidents";
    if (!isGlobal && arn.region !== region) throw elsewhere("region", arn.region, region);
  }
}

const elsewhere = (what: string, given: string, only: string) =>
  validationError(`Invalid ${what} ${given} specified. Only ${only} is supported.`);
