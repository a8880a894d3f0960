import { type Credentials, signV4 } from '../core/sigv4.ts';
import { post } from './post.ts';

type Options = Readonly<{
  /** Names in Parameter Store, the one in use first. One that does not exist is left out. */
  names: readonly string[];
  region: string;
  /** Where SSM is reached when it is not AWS's own. */
  endpoint?: string | undefined;
  /** Asked for each call, because a Lambda's credentials change. */
  credentials: () => Credentials;
  now: () => number;
}>;

/** A changed secret is in use after this time; until then both are to be kept. */
const freshMs = 5 * 60_000;

/**
 * The same after an answer that is no good: the first one is missing, or SSM failed. It is remembered at all only because
 * anybody can make SSM be asked.
 */
const againMs = 5_000;

/** Two tries leave five of the eight seconds that `receive` has for the message to SQS. */
const tryMs = 1_500;

/**
 * Returns a function that gives the values of parameters, at most five minutes old, by SSM's JSON protocol, without
 * the SDK. That the one in use does not exist holds for five seconds. It tries twice. While SSM does not answer the last
 * values stay in use, and it is asked again after five seconds; it throws when there are none yet.
 */
export function createStoredSecrets(options: Options): () => Promise<readonly string[]> {
  let kept: Kept | undefined;
  return async () => {
    if (kept === undefined || options.now() >= kept.until)
      kept = await renewed(options, kept?.values);
    const { values } = kept;
    return options.names.flatMap((name) => values.get(name) ?? []);
  };
}

type Values = ReadonlyMap<string, string>;
type Kept = Readonly<{ values: Values; until: number }>;

/** Asks twice: a lost connection or a throttled call is often over at once. */
async function renewed(options: Options, before: Values | undefined): Promise<Kept> {
  const { now, names } = options;
  const [inUse = ''] = names;
  try {
    const values = await getParameters(options).catch(() => getParameters(options));
    return { values, until: now() + (values.has(inUse) ? freshMs : againMs) };
  } catch (error) {
    if (!before) throw error;
    return { values: before, until: now() + againMs };
  }
}

/** AWS Systems Manager API reference, GetParameters. */
async function getParameters(options: Options): Promise<Values> {
  const { names, region, endpoint } = options;
  const url = new URL(endpoint ?? `https://ssm.${region}.amazonaws.com/`);
  const body = JSON.stringify({ Names: names, WithDecryption: true });
  const { host: _, ...headers } = signV4(
    {
      url,
      service: 'ssm',
      region,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'AmazonSSM.GetParameters',
      },
      body,
      now: new Date(options.now()),
    },
    options.credentials(),
  );
  const { status, text } = await post(url, { headers, body }, tryMs);
  if (status !== 200) throw new Error(`SSM answered ${status}`);
  const answer: unknown = JSON.parse(text);
  return valuesOf(answer);
}

function valuesOf(answer: unknown): Values {
  const parameters = property(answer, 'Parameters');
  const listed: readonly unknown[] = Array.isArray(parameters) ? parameters : [];
  return new Map(
    listed.map((one) => [String(property(one, 'Name')), String(property(one, 'Value'))]),
  );
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
