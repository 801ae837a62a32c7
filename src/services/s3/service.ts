import type { Service } from "../define.ts";
import { acls } from "./acl.ts";
import { buckets } from "./buckets.ts";
import { completion } from "./complete.ts";
import { configurations, unconfigured } from "./configurations.ts";
import { copies } from "./copy.ts";
import { cors } from "./cors.ts";
import { deletes } from "./deletes.ts";
import { lists } from "./lists.ts";
import { multipart } from "./multipart.ts";
import { notifications } from "./notifications.ts";
import { objects } from "./objects.ts";
import { deliverOutbox } from "./outbox.ts";
import { isBlobReferenced } from "./records.ts";
import { bucketTagging, objectTagging } from "./tagging.ts";
import { uploads } from "./uploads.ts";

/** What the gateway asks before a page of another origin may read an answer. */
export { corsRulesOf } from "./cors.ts";

export const service: Service<"s3"> = {
  handlers: {
    ...buckets,
    ...configurations,
    ...unconfigured,
    ...bucketTagging,
    ...cors,
    ...acls,
    ...notifications,
    ...objects,
    ...objectTagging,
    ...copies,
    ...deletes,
    ...lists,
    ...multipart,
    ...completion,
    ...uploads,
  },
  background: deliverOutbox,
  holdsBlob: isBlobReferenced,
  // Kept and given back, but nobody is kept out and nothing is encrypted by them.
  withoutEffect: [
    "PutBucketAcl",
    "PutBucketEncryption",
    "PutBucketPolicy",
    "PutObjectAcl",
    "PutPublicAccessBlock",
  ],
};
