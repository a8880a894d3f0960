import { retention } from './limits.ts';
import { stage } from './stage.ts';

/** Prompts, threads, patches, journals. Reached over TLS only, never public, dropped after a while. */
export const bucket = new sst.aws.Bucket('Objects', {
  enforceHttps: true,
  versioning: true,
  cors: false,
  lifecycle: [{ id: 'expire', expiresIn: `${retention.objects} days` }],
  transform: {
    bucket: (args) => {
      args.forceDestroy = !stage.production;
    },
    lifecycle: (args) => {
      args.rules = $resolve([args.rules]).apply(([rules]) =>
        (rules ?? []).map((rule) => ({
          ...rule,
          noncurrentVersionExpiration: { noncurrentDays: retention.oldVersions },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        })),
      );
    },
  },
});

new aws.s3.BucketServerSideEncryptionConfiguration('ObjectsEncryption', {
  bucket: bucket.name,
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
});
