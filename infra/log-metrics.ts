import { logName } from './function.ts';
import { type Metric, metricNamespace, metrics } from './metrics.ts';
import { stage } from './stage.ts';

/** The namespace of this stage's metrics. */
export const namespace = `${metricNamespace}/${stage.name}`;

/** CloudWatch counts while it stores the lines. The log groups have to be there first. */
export function countLogs(dependsOn: readonly $util.Input<$util.Resource>[]): void {
  for (const metric of metrics) {
    for (const log of metric.logs) filter(metric, log, dependsOn);
  }
}

function filter(metric: Metric, log: string, dependsOn: readonly $util.Input<$util.Resource>[]) {
  const { name, message, value, unit = 'Count', by } = metric;
  const present = value === undefined ? '' : ` && ($.${value} = *)`;
  new aws.cloudwatch.LogMetricFilter(
    `${name}${log[0]?.toUpperCase() ?? ''}${log.slice(1)}`,
    {
      logGroupName: logName(log),
      pattern: `{ ($.msg = "${message}")${present} }`,
      metricTransformation: {
        namespace,
        name,
        value: value === undefined ? '1' : `$.${value}`,
        unit,
        ...(by === undefined ? {} : { dimensions: { [by]: `$.${by}` } }),
      },
    },
    { dependsOn: [...dependsOn] },
  );
}
