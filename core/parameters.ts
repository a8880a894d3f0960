import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type AwsTarget, requestLimits } from './aws.ts';

/** SSM answers for at most ten parameters at once (AWS Systems Manager API reference, GetParameters). */
const atOnce = 10;

/**
 * Returns the values of parameters by their names, deciphered; those that do not exist are left out. Throws the SDK's
 * errors after its own retries.
 */
export async function readParameters(
  aws: AwsTarget,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  if (names.length === 0) return values;
  const client = new SSMClient({
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: aws.credentials,
    requestHandler: requestLimits(5_000),
  });
  try {
    for (let from = 0; from < names.length; from += atOnce) {
      const Names = names.slice(from, from + atOnce);
      const answer = await client.send(new GetParametersCommand({ Names, WithDecryption: true }));
      for (const { Name, Value } of answer.Parameters ?? []) {
        if (Name !== undefined && Value !== undefined) values.set(Name, Value);
      }
    }
    return values;
  } finally {
    client.destroy();
  }
}
