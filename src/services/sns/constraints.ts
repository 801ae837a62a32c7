import type { Constraints } from "../../kernel/constraints.ts";

const SANDBOX_NUMBER = { length: [0, 20], pattern: "^(\\+[0-9]{8,}|[0-9]{0,9})$" } as const;
const ARN = { length: [1, 1011] } as const;

/** From the service's API model. https://docs.aws.amazon.com/sns/latest/api/ */
export const constraints: Constraints = {
  "TagResourceRequest.ResourceArn": ARN,
  "UntagResourceRequest.ResourceArn": ARN,
  "ListTagsForResourceRequest.ResourceArn": ARN,
  "Tag.Key": { length: [1, 128] },
  "Tag.Value": { length: [0, 256] },
  "CreateSMSSandboxPhoneNumberInput.PhoneNumber": SANDBOX_NUMBER,
  "CreateSMSSandboxPhoneNumberInput.LanguageCode": {
    enum: [
      ...["en-US", "en-GB", "es-419", "es-ES", "de-DE", "fr-CA", "fr-FR"],
      ...["it-IT", "ja-JP", "pt-BR", "kr-KR", "zh-CN", "zh-TW"],
    ],
  },
  "DeleteSMSSandboxPhoneNumberInput.PhoneNumber": SANDBOX_NUMBER,
  "VerifySMSSandboxPhoneNumberInput.PhoneNumber": SANDBOX_NUMBER,
  "VerifySMSSandboxPhoneNumberInput.OneTimePassword": { length: [5, 8], pattern: "^[0-9]+$" },
  "ListSMSSandboxPhoneNumbersInput.MaxResults": { range: [1, 100] },
  "ListOriginationNumbersRequest.MaxResults": { range: [1, 30] },
};
