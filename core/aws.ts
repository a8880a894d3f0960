/** How AWS clients reach their service: by default the SDK's own rules, locally an endpoint on loopback. */
export type AwsTarget = Readonly<{
  region: string;
  endpoint?: string;
  credentials?: Readonly<{ accessKeyId: string; secretAccessKey: string }>;
}>;
