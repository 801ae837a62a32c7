import { createHash } from "node:crypto";
import type * as sdk from "@aws-sdk/client-ecr";
import type { Value } from "../../store/store.ts";
import type { Handlers } from "../define.ts";
import { fault } from "./faults.ts";
import { type ImageRecord, imageKey, imagesOf, requireRepository } from "./records.ts";

const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

/** Images as their manifests: the layers lie in no registry here. */
export const images = {
  async PutImage(input, { scope, store, clock }) {
    const name = input.repositoryName ?? "";
    const manifest = input.imageManifest ?? "";
    const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
    if (input.imageDigest !== undefined && input.imageDigest !== digest) {
      throw fault("ImageDigestDoesNotMatchException", `The digest of the manifest is ${digest}.`);
    }
    const tag = input.imageTag;
    const image = await store.transact(async (tx) => {
      const { mutability } = await requireRepository(tx, scope, name);
      const all = await imagesOf(tx, scope, name);
      const old = all.find((each) => each.digest === digest);
      if (old && (tag === undefined || old.tags.includes(tag))) {
        throw fault(
          "ImageAlreadyExistsException",
          `Image with digest '${digest}' and tag '${tag}' already exists in the repository with name ` +
            `'${name}' in registry with id '${scope.account}'`,
        );
      }
      const tagged = all.find((each) => tag !== undefined && each.tags.includes(tag));
      if (tagged && mutability === "IMMUTABLE") {
        throw fault(
          "ImageTagAlreadyExistsException",
          `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten ` +
            "because the repository is immutable.",
        );
      }
      if (tagged) {
        const tags = tagged.tags.filter((each) => each !== tag);
        tx.set(imageKey(scope, name, tagged.digest), { ...tagged, tags } as unknown as Value);
      }
      const made: ImageRecord = {
        v: 1,
        digest,
        manifest,
        mediaType: input.imageManifestMediaType ?? MANIFEST,
        pushedMs: old?.pushedMs ?? clock.now(),
        tags: [...(old?.tags ?? []), ...(tag === undefined ? [] : [tag])],
      };
      tx.set(imageKey(scope, name, digest), made as unknown as Value);
      return made;
    });
    return { image: shown(scope.account, name, image, tag) };
  },

  async ListImages(input, { scope, store }) {
    const name = input.repositoryName ?? "";
    const all = await store.transact(async (tx) => {
      await requireRepository(tx, scope, name);
      return imagesOf(tx, scope, name);
    });
    const wanted = input.filter?.tagStatus ?? "ANY";
    const imageIds = all.flatMap(({ digest: imageDigest, tags }) => {
      const tagged = tags.map((imageTag) => ({ imageDigest, imageTag }));
      if (wanted === "TAGGED") return tagged;
      if (tags.length > 0) return wanted === "UNTAGGED" ? [] : tagged;
      return [{ imageDigest }];
    });
    return { imageIds };
  },

  async DescribeImages(input, { scope, store }) {
    const name = input.repositoryName ?? "";
    const all = await store.transact(async (tx) => {
      await requireRepository(tx, scope, name);
      return imagesOf(tx, scope, name);
    });
    const chosen = (input.imageIds ?? []).map((id) => {
      const found = all.find((image) => isMeant(image, id));
      if (found) return found;
      throw fault(
        "ImageNotFoundException",
        `The image with imageId {imageDigest:'${id.imageDigest ?? "null"}', ` +
          `imageTag:'${id.imageTag ?? "null"}'} does not exist within the repository with name '${name}' ` +
          `in the registry with id '${scope.account}'`,
      );
    });
    return {
      imageDetails: (input.imageIds ? chosen : all).map((image) => ({
        registryId: scope.account,
        repositoryName: name,
        imageDigest: image.digest,
        imageTags: [...image.tags],
        imageSizeInBytes: Buffer.byteLength(image.manifest),
        imagePushedAt: new Date(image.pushedMs),
        imageManifestMediaType: image.mediaType,
      })),
    };
  },

  async BatchGetImage(input, { scope, store }) {
    const name = input.repositoryName ?? "";
    const all = await store.transact(async (tx) => {
      await requireRepository(tx, scope, name);
      return imagesOf(tx, scope, name);
    });
    const found: sdk.Image[] = [];
    const failures: sdk.ImageFailure[] = [];
    for (const imageId of input.imageIds ?? []) {
      const image = all.find((each) => isMeant(each, imageId));
      if (image) found.push(shown(scope.account, name, image, imageId.imageTag));
      else failures.push(notFound(imageId));
    }
    return { images: found, failures };
  },

  async BatchDeleteImage(input, { scope, store }) {
    const name = input.repositoryName ?? "";
    return store.transact(async (tx) => {
      await requireRepository(tx, scope, name);
      const imageIds: sdk.ImageIdentifier[] = [];
      const failures: sdk.ImageFailure[] = [];
      for (const imageId of input.imageIds ?? []) {
        const image = (await imagesOf(tx, scope, name)).find((each) => isMeant(each, imageId));
        if (!image) {
          failures.push(notFound(imageId));
          continue;
        }
        imageIds.push({
          imageDigest: image.digest,
          ...(imageId.imageTag ? { imageTag: imageId.imageTag } : {}),
        });
        const tags = imageId.imageTag ? image.tags.filter((tag) => tag !== imageId.imageTag) : [];
        // The last tag takes the image with it, and so does its digest.
        if (tags.length > 0)
          tx.set(imageKey(scope, name, image.digest), { ...image, tags } as unknown as Value);
        else tx.delete(imageKey(scope, name, image.digest));
      }
      return { imageIds, failures };
    });
  },
} satisfies Handlers<typeof sdk>;

function isMeant({ digest, tags }: ImageRecord, { imageDigest, imageTag }: sdk.ImageIdentifier): boolean {
  return (
    (imageDigest !== undefined || imageTag !== undefined) &&
    (imageDigest === undefined || imageDigest === digest) &&
    (imageTag === undefined || tags.includes(imageTag))
  );
}

const notFound = (imageId: sdk.ImageIdentifier): sdk.ImageFailure => ({
  imageId,
  failureCode: "ImageNotFound",
  failureReason: "Requested image not found",
});

function shown(account: string, name: string, image: ImageRecord, tag: string | undefined): sdk.Image {
  return {
    registryId: account,
    repositoryName: name,
    imageId: { imageDigest: image.digest, ...(tag ? { imageTag: tag } : {}) },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}
