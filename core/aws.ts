/** How AWS clients reach their service: by default the SDK's own rules, locally an endpoint on loopback. */
export type AwsTarget = Readonly<{
  region: string;
  endpoint?: string;
  credentials?: Readonly<{ accessKeyId: string; secretAccessKey: string }>;
}>;

/** Limits of one HTTP request, in ms. A connection that swallows everything must not hold a heartbeat for ever. */
export function requestLimits(requestTimeout: number) {
  return { connectionTimeout: 5_000, requestTimeout, throwOnRequestTimeout: true };
}
