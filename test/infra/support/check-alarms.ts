import { z } from 'zod';
import { type Metric, metrics, webhookMetrics } from '../../../core/metrics.ts';
import type { Plan } from './plan.ts';

const known: readonly Metric[] = [...webhookMetrics, ...metrics];

/** A metric of ours that somebody looks at, and by what it is split. */
type Looked = Readonly<{ by: readonly string[]; metric: string; namespace: string }>;

const Alarm = z.object({
  namespace: z.string().optional(),
  metricName: z.string().optional(),
  dimensions: z.record(z.string(), z.string()).default({}),
  metricQueries: z
    .array(
      z.object({
        metric: z
          .object({
            namespace: z.string(),
            metricName: z.string(),
            dimensions: z.record(z.string(), z.string()).default({}),
          })
          .optional(),
      }),
    )
    .default([]),
});

const Dashboard = z.object({
  dashboardBody: z.object({
    widgets: z.array(
      z.object({ properties: z.object({ metrics: z.array(z.array(z.unknown())) }) }),
    ),
  }),
});

/** Alarms that nobody would hear. */
export function alarmProblems(plan: Plan): readonly string[] {
  const Alarm = z.object({
    alarmActions: z.array(z.string()).min(1),
    alarmDescription: z.string(),
  });
  const made = inputsOf(plan, 'aws:cloudwatch/metricAlarm:MetricAlarm');
  const silent = made.filter(({ inputs }) => !Alarm.safeParse(inputs).success);
  return [...silent.map(({ name }) => name), ...(made.length > 0 ? [] : ['There are no alarms'])];
}

/** Who looks at a metric that no line of the log has, under another name, or split otherwise. */
export function metricProblems(plan: Plan): readonly string[] {
  const namespace = `CodyBatch/${plan.stage}`;
  const looked = [...inAlarms(plan), ...onDashboard(plan)];
  const own = looked.filter((one) => !one.namespace.startsWith('AWS/'));
  const wrong = own.filter(
    (one) =>
      one.namespace !== namespace ||
      !known.some(({ name, by = [[]] }) => name === one.metric && by.some(isSame(one.by))),
  );
  const unseen = known.filter(({ name }) => !own.some(({ metric }) => metric === name));
  return [
    ...wrong.map(({ namespace: where, metric, by }) => `${where} ${metric} by ${by.join() || '-'}`),
    ...unseen.map(({ name }) => `Nobody looks at ${name}`),
    ...writers(plan)
      .filter(({ value }) => value !== namespace)
      .map(({ name }) => `${name} writes its metrics elsewhere`),
  ];
}

function isSame(by: readonly string[]): (set: readonly string[]) => boolean {
  return (set) => set.toSorted().join() === by.toSorted().join();
}

function inAlarms(plan: Plan): readonly Looked[] {
  return inputsOf(plan, 'aws:cloudwatch/metricAlarm:MetricAlarm').flatMap(({ inputs }) => {
    const { namespace, metricName, dimensions, metricQueries } = Alarm.parse(inputs);
    const queried = metricQueries.flatMap(({ metric }) => (metric ? [metric] : []));
    const whole =
      namespace !== undefined && metricName !== undefined
        ? [{ namespace, metricName, dimensions }]
        : [];
    return [...whole, ...queried].map((one) => ({
      namespace: one.namespace,
      metric: one.metricName,
      by: Object.keys(one.dimensions),
    }));
  });
}

const search = /^SEARCH\('\{([^,}]+),([^}]+)\} MetricName="(\w+)"'/;

/** One line of a widget: a search, or a namespace and a name with a dimension behind them. */
const Shown = z.union([
  z.tuple([z.object({ expression: z.string() })]).transform(([{ expression }]) => {
    const [, namespace = '', by = '', metric = ''] = search.exec(expression) ?? [];
    return { namespace, metric, by: by.split(',') };
  }),
  z
    .tuple([z.string(), z.string()], z.string())
    .transform(([namespace, metric, ...by]) => ({ namespace, metric, by: by.slice(0, 1) })),
]);

function onDashboard(plan: Plan): readonly Looked[] {
  return inputsOf(plan, 'aws:cloudwatch/dashboard:Dashboard')
    .flatMap(({ inputs }) => Dashboard.parse(inputs).dashboardBody.widgets)
    .flatMap(({ properties }) => properties.metrics)
    .map((shown) => Shown.parse(shown));
}

/** The namespace that each function and the worker get. */
function writers(plan: Plan) {
  const Functions = z.object({
    environment: z.object({ variables: z.record(z.string(), z.unknown()) }),
  });
  const Tasks = z.object({
    containerDefinitions: z.array(
      z.object({
        name: z.string(),
        environment: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]),
      }),
    ),
  });
  const functions = inputsOf(plan, 'aws:lambda/function:Function')
    .filter(({ inputs }) => String(inputs['handler']).startsWith('bundle.'))
    .map(({ name, inputs }) => ({
      name,
      value: Functions.parse(inputs).environment.variables['CODY_METRICS'],
    }));
  const tasks = inputsOf(plan, 'aws:ecs/taskDefinition:TaskDefinition').flatMap(({ inputs }) =>
    Tasks.parse(inputs)
      .containerDefinitions.filter(({ name }) => name === 'Worker')
      .map(({ name, environment }) => ({
        name,
        value: environment.find((one) => one.name === 'CODY_METRICS')?.value,
      })),
  );
  return [...functions, ...tasks];
}

function inputsOf(plan: Plan, type: string) {
  return plan.resources.filter((resource) => resource.type === type);
}
