import type * as sdk from "@aws-sdk/client-sns";
import { parseArn } from "../../kernel/arn.ts";
import { DONE, type Job, type Outcome } from "../../store/outbox.ts";
import type { Background, Context, Handlers } from "../define.ts";
import { postUnsubscribed } from "./confirmations.ts";
import { fault, invalid } from "./faults.ts";
import { parseSubscriptionArn, requireArn, subscriptionArn, type TopicName, topicArn } from "./names.ts";
import {
  addSubscription,
  changeSubscription,
  readByEndpoint,
  readSubscription,
  readToken,
  readTopic,
  removeSubscription,
  removeToken,
  type SubscriptionRecord,
} from "./records.ts";
import { requireTopic } from "./require.ts";

const TOKEN = /^[0-9a-f]{288}$/;
/** What the key of a request is without a signature. */
const ANONYMOUS = "anonymous";

export const confirming = {
  async ConfirmSubscription(input, context) {
    const { TopicArn = "", Token = "", AuthenticateOnUnsubscribe } = input;
    const arn = parseArn(TopicArn);
    if (arn?.service !== "sns") throw invalid("Topic");
    if (!TOKEN.test(Token)) throw fault("InvalidParameterException", "Invalid token");
    const authenticate = AuthenticateOnUnsubscribe?.toLowerCase() === "true";
    if (authenticate && isAnonymous(context)) {
      throw fault(
        "AuthorizationErrorException",
        "AuthenticateOnUnsubscribe requires a request that is signed",
      );
    }
    const confirmed = await confirm(
      context,
      Token,
      { authenticated: !isAnonymous(context), authenticate },
      TopicArn,
    );
    return { SubscriptionArn: confirmed };
  },

  async Unsubscribe(input, context) {
    const { SubscriptionArn = "" } = input;
    if (SubscriptionArn === "") throw invalid("SubscriptionArn Reason: no value for required parameter");
    const { region } = requireArn(SubscriptionArn, "SubscriptionArn");
    const name = parseSubscriptionArn(SubscriptionArn);
    if (!name) throw invalid("SubscriptionId");
    // A link says itself where it leads.
    if (!isAnonymous(context) && region !== context.scope.region) throw invalid("SubscriptionArn");
    const confirmation = { token: context.ids.hex(288), id: context.ids.uuid() };
    await context.store.transact(async (tx) => {
      const subscription = await readSubscription(tx, name);
      const topic = await readTopic(tx, name.topic);
      if (!subscription || !topic) return;
      checkRight(context, subscription);
      removeSubscription(tx, topic, subscription);
      const { principal } = context;
      if (isAnonymous(context) || principal.account !== subscription.owner) {
        postUnsubscribed(tx, context, topic, subscription, confirmation);
      }
    });
    return {};
  },
} satisfies Handlers<typeof sdk>;

/** Confirms what a token stands for, and gives the subscription's ARN. */
export function confirm(
  { store, clock }: Pick<Context, "store" | "clock">,
  text: string,
  by: { readonly authenticated: boolean; readonly authenticate: boolean },
  ofTopic?: string,
): Promise<string> {
  const nowMs = clock.now();
  return store.transact(async (tx) => {
    const token = await readToken(tx, text);
    if (!token || token.expiresMs <= nowMs) throw invalid("Token");
    const { subscription } = token;
    if (ofTopic !== undefined) checkTopic(subscription.topic, ofTopic);
    const topic = await requireTopic(tx, subscription.topic);
    const there =
      (await readSubscription(tx, subscription)) ??
      (await readByEndpoint(tx, topic, subscription.protocol, subscription.endpoint));
    const confirmed = (record: SubscriptionRecord): SubscriptionRecord => ({
      ...record,
      pending: false,
      authenticated: by.authenticated,
      ...(by.authenticate ? { authenticateOnUnsubscribe: true } : {}),
    });
    // Once is as good as twice.
    if (there?.pending) changeSubscription(tx, topic, confirmed(there));
    if (!there) addSubscription(tx, topic, confirmed(subscription));
    return subscriptionArn(there ?? subscription);
  });
}

/** A token is good for its own topic only; AWS tells a Region that is another apart. */
function checkTopic(topic: TopicName, arn: string): void {
  const { region, account } = parseArn(arn) ?? {};
  if (region !== topic.region || account !== topic.account) throw invalid("Topic");
  if (topicArn(topic) !== arn) throw invalid("Token");
}

function isAnonymous({ principal }: Context): boolean {
  return principal.accessKeyId === ANONYMOUS;
}

/** Who may end a subscription: anybody, unless its owner has asked that only he and the topic's owner may. */
function checkRight(context: Context, { authenticateOnUnsubscribe, owner, topic }: SubscriptionRecord): void {
  const { account } = context.principal;
  const owns = account === owner || account === topic.account;
  if (!authenticateOnUnsubscribe || (!isAnonymous(context) && owns)) return;
  throw fault(
    "AuthorizationErrorException",
    "Only the owner of the subscription or the topic's owner can unsubscribe, and the request must be signed",
  );
}

/** Forgets a token, and the subscription that was not confirmed with it in time. */
export async function expire(
  { store }: Background,
  { work }: Job<{ readonly token: string }>,
): Promise<Outcome<{ readonly v: 1; readonly token: string }>> {
  await store.transact(async (tx) => {
    const token = await readToken(tx, work.token);
    if (!token) return;
    removeToken(tx, work.token);
    const topic = await readTopic(tx, token.subscription.topic);
    const subscription = await readSubscription(tx, token.subscription);
    if (topic && subscription?.pending) removeSubscription(tx, topic, subscription);
  });
  return DONE;
}
