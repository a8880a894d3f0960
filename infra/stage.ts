/** What depends on the stage alone. Only `production` is protected from removal, and keeps its data after it. */
export const stage = {
  name: $app.stage,
  production: $app.stage === 'production',
  /** Parameters stand under it: `/cody-batch/production`. */
  path: `/${$app.name}/${$app.stage}`,
  /** The namespace of the metrics in its log lines (core/metrics.ts). */
  metrics: `CodyBatch/${$app.stage}`,
} as const;

/** Where it is deployed. */
export const place = {
  region: aws.getRegionOutput().region,
  account: aws.getCallerIdentityOutput().accountId,
  partition: aws.getPartitionOutput().partition,
} as const;

/** The ARN of something in this account and region. */
export function arn(service: string, resource: $util.Input<string>): $util.Output<string> {
  const { partition, region, account } = place;
  return $interpolate`arn:${partition}:${service}:${region}:${account}:${resource}`;
}
