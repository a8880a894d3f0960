import { z } from 'zod';
import type { Plan, Resource } from './plan.ts';

/** What is called without waiting, and loses what came of it. */
export function lostFailures(plan: Plan): readonly string[] {
  const configured = of(plan, 'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig');
  const OnFailure = z.object({
    destinationConfig: z.object({ onFailure: z.object({ destination: z.string().min(1) }) }),
  });
  const kept = configured.filter(({ inputs }) => OnFailure.safeParse(inputs).success);
  const missing = kept.some(({ name }) => name === 'SettleFailures') ? [] : ['SettleFailures'];
  const Target = z.object({ deadLetterConfig: z.object({ arn: z.string().min(1) }) });
  const lost = of(plan, 'aws:cloudwatch/eventTarget:EventTarget').filter(
    ({ inputs }) => !Target.safeParse(inputs).success,
  );
  return [...missing, ...lost.map(({ name }) => name)].map((name) => `${name} loses failures`);
}

/** Ticks of the sweep all fail until the parameters are stored: kept, they would fill the queue that people look at. */
export function tickProblems(plan: Plan): readonly string[] {
  const Tick = z.object({
    target: z.object({
      deadLetterConfig: z.undefined().optional(),
      retryPolicy: z.object({ maximumRetryAttempts: z.literal(0) }),
    }),
  });
  const Failures = z.object({
    destinationConfig: z.undefined().optional(),
    maximumRetryAttempts: z.literal(0),
    maximumEventAgeInSeconds: z.literal(60),
  });
  const Silence = z.object({
    metricName: z.literal('Sweeps'),
    treatMissingData: z.literal('breaching'),
  });
  const expected: readonly (readonly [string, string, z.ZodType])[] = [
    ['aws:scheduler/schedule:Schedule', 'SweepTickSchedule', Tick],
    ['aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig', 'SweepFailures', Failures],
    ['aws:cloudwatch/metricAlarm:MetricAlarm', 'SweepNotRunningAlarm', Silence],
  ];
  return expected.flatMap(([type, name, schema]) =>
    of(plan, type).some((one) => one.name === name && schema.safeParse(one.inputs).success)
      ? []
      : [name],
  );
}

function of(plan: Plan, type: string): readonly Resource[] {
  return plan.resources.filter((resource) => resource.type === type);
}
