// Of Lambda's events what is read here: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html

export interface HttpEvent {
  readonly body?: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface QueueEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

export function answer(statusCode: number, document: unknown): HttpAnswer {
  return { statusCode, headers: { "content-type": "application/json" }, body: JSON.stringify(document) };
}
