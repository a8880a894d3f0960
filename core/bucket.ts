import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { type AwsTarget, requestLimits } from './aws.ts';
import { TransientError } from './errors.ts';
import { sha256 } from './ids.ts';
import type { Pointer } from './pointer.ts';

/** What an object is; the first part of its key. */
export type ObjectKind =
  | 'prompt'
  | 'command'
  | 'context'
  | 'attachment'
  | 'settings'
  | 'patch'
  | 'thread'
  | 'journal'
  | 'snapshot'
  | 'delivery';

/**
 * Objects under names made of their content.
 *
 * Contract: `put` resolves when the object is stored; writing the same content again changes nothing. `get` throws
 * when the object is missing. Both throw TransientError when the bucket does not answer as it should, with bytes of
 * another hash than the pointer's for example.
 */
export type Bucket = Readonly<{
  put: (kind: ObjectKind, data: string | Uint8Array) => Promise<Pointer>;
  get: (pointer: Pointer) => Promise<Buffer>;
}>;

/** A bucket over S3, path style, so that an endpoint on an IP address works. */
export function createBucket(options: { aws: AwsTarget; name: string }): Bucket {
  const client = s3Client(options.aws);
  const Bucket = options.name;
  return {
    async put(kind, data) {
      const Body = typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data);
      const hash = sha256(Body);
      const Key = `${kind}/${hash.slice(0, 2)}/${hash}`;
      await client.send(new PutObjectCommand({ Bucket, Key, Body })).catch((error: unknown) => {
        throw new TransientError('internal_error', 'The bucket cannot be written', {
          cause: error,
        });
      });
      return { key: Key, sha256: hash, bytes: Body.length };
    },
    async get(pointer) {
      // The answer may break off in its body too.
      const bytes = await client
        .send(new GetObjectCommand({ Bucket, Key: pointer.key }))
        .then(async (answer) => Buffer.from((await answer.Body?.transformToByteArray()) ?? []))
        .catch((error: unknown) => {
          if (error instanceof NoSuchKey)
            throw new Error('A stored object is missing', { cause: error });
          throw new TransientError('internal_error', 'The bucket cannot be read', { cause: error });
        });
      if (sha256(bytes) !== pointer.sha256)
        throw new TransientError(
          'internal_error',
          'A stored object was read with other bytes than its pointer',
        );
      return bytes;
    },
  };
}

/** Creates the bucket when it is missing. For engines on this machine: on AWS the deployment creates it. */
export async function ensureBucket(options: { aws: AwsTarget; name: string }): Promise<void> {
  const client = s3Client(options.aws);
  try {
    await client.send(new HeadBucketCommand({ Bucket: options.name }));
  } catch {
    // Any refusal to show it: creating it says what is really wrong.
    await client.send(new CreateBucketCommand({ Bucket: options.name }));
  } finally {
    client.destroy();
  }
}

function s3Client(aws: AwsTarget): S3Client {
  return new S3Client({
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: aws.credentials,
    requestHandler: requestLimits(60_000),
    forcePathStyle: aws.endpoint !== undefined,
  });
}
