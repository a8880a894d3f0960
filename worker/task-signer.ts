import { z } from 'zod';
import { type Credentials, signV4 } from '../core/sigv4.ts';

/** Returns the headers of a signed POST of JSON; the body is sent as it was signed. */
export type Sign = (url: string, body: string) => Promise<Readonly<Record<string, string>>>;

type Options = Readonly<{
  region: string;
  /** Path of the task's credentials (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI). */
  credentialsUri: string | undefined;
  /** Where that path is served: a fixed address inside of every task (Amazon ECS Developer Guide, task IAM roles). */
  credentialsHost?: string;
  now?: () => number;
  /** Is told of each secret of theirs, so that it is never published or logged. */
  register: (secret: string) => void;
}>;

const TaskCredentials = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  Token: z.string(),
  Expiration: z.iso.datetime(),
});

/** They are not used in their last minutes. */
const marginMs = 5 * 60_000;

/** Signs as the role of the task, for function URLs. Throws when the task has no credentials. */
export function createTaskSigner(options: Options): Sign {
  const { region, now = Date.now } = options;
  let held: Readonly<{ credentials: Credentials; until: number }> | undefined;
  return async (url, body) => {
    if (!held || held.until <= now()) held = await fetchCredentials(options);
    const { host: _, ...headers } = signV4(
      {
        url: new URL(url),
        service: 'lambda',
        region,
        headers: { 'content-type': 'application/json' },
        body,
        now: new Date(now()),
      },
      held.credentials,
    );
    return headers;
  };
}

async function fetchCredentials({
  credentialsUri,
  credentialsHost = 'http://169.254.170.2',
  register,
}: Options) {
  if (credentialsUri === undefined) throw new Error('The task has no credentials');
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(`${credentialsHost}${credentialsUri}`, { signal });
  const read = TaskCredentials.parse(await response.json());
  for (const secret of [read.SecretAccessKey, read.Token]) register(secret);
  return {
    credentials: {
      accessKeyId: read.AccessKeyId,
      secretAccessKey: read.SecretAccessKey,
      sessionToken: read.Token,
    },
    until: Date.parse(read.Expiration) - marginMs,
  };
}
