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

/** The same for the first one, whose absence is remembered only because anybody can make SSM be asked. */
const missingMs = 5_000;

/**
 * Returns a function that gives the values of parameters, at most five minutes old, by SSM's JSON protocol, without
 * the SDK. That the one in use does not exist holds for five seconds. While SSM does not answer the last values stay in
 * use; it throws when there are none yet.
 */
export function createStoredSecrets(options: Options): () => Promise<readonly string[]> {
  let kept: Readonly<{ values: ReadonlyMap<string, string>; until: number }> | undefined;
  const [inUse = ''] = options.names;
  return async () => {
    if (kept === undefined || options.now() >= kept.until) {
      const values = await getParameters(options).catch((error: unknown) => {
        if (kept) return kept.values;
        throw error;
      });
      kept = { values, until: options.now() + (values.has(inUse) ? freshMs : missingMs) };
    }
    const { values } = kept;
    return options.names.flatMap((name) => values.get(name) ?? []);
  };
}

/** AWS Systems Manager API reference, GetParameters. */
async function getParameters(options: Options): Promise<ReadonlyMap<string, string>> {
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
  const { status, text } = await post(url, { headers, body }, 3_000);
  if (status !== 200) throw new Error(`SSM answered ${status}`);
  const answer: unknown = JSON.parse(text);
  return valuesOf(answer);
}

function valuesOf(answer: unknown): ReadonlyMap<string, string> {
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
