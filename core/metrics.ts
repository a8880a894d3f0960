/**
 * What is counted: each metric stands in a line of the log (embed-metrics.ts). Alarms and the dashboard (infra/) look at
 * them by name. A field that splits a metric has few values: each of them is paid for.
 */
export type Metric = Readonly<{
  name: string;
  /** The static message (`msg`) of the line. */
  message: string;
  /** The field whose number counts; 1 per line without it. */
  value?: string;
  /** Only of lines whose field has this value. */
  where?: Readonly<{ field: string; is: string }>;
  unit?: 'Count' | 'Milliseconds' | 'None';
  /** By which fields it is split; an empty list is the whole. Default: the whole alone. */
  by?: readonly (readonly string[])[];
}>;

/** A function goes on with what it had, because a parameter was changed to something that it cannot use. */
export const settingsRefused: Metric = {
  name: 'SettingsRefused',
  message: 'Changed settings cannot be used',
};

/** Of the function that GitHub waits for; it loads nothing else of this file. */
export const webhookMetrics: readonly Metric[] = [
  { name: 'Webhooks', message: 'Webhook', by: [[], ['status']] },
  { name: 'AckTime', message: 'Webhook', value: 'ms', unit: 'Milliseconds' },
];

export const metrics: readonly Metric[] = [
  { name: 'CommandsHandled', message: 'Command handled' },
  {
    name: 'RequestsAccepted',
    message: 'Stage reached',
    where: { field: 'stage', is: 'admitted' },
  },
  { name: 'RequestsRefused', message: 'Request refused' },
  {
    name: 'StageTime',
    message: 'Stage reached',
    value: 'ms',
    unit: 'Milliseconds',
    by: [['stage']],
  },
  {
    name: 'TimeSinceCommand',
    message: 'Stage reached',
    value: 'since_ms',
    unit: 'Milliseconds',
    by: [['stage']],
  },
  { name: 'WorkersStarted', message: 'Worker started' },
  { name: 'NoCapacity', message: 'No capacity for a worker' },
  { name: 'LaunchesFailed', message: 'Worker cannot be started' },
  { name: 'JobsEnded', message: 'Job ended', by: [[], ['state'], ['cause']] },
  { name: 'CostUsd', message: 'Job ended', value: 'cost_usd', unit: 'None' },
  { name: 'TokensIn', message: 'Job ended', value: 'tokens_in' },
  { name: 'TokensOut', message: 'Job ended', value: 'tokens_out' },
  { name: 'JobTime', message: 'Job ended', value: 'ms', unit: 'Milliseconds' },
  { name: 'WaitTime', message: 'Job ended', value: 'waited_ms', unit: 'Milliseconds' },
  { name: 'JobsRecovered', message: 'Job recovered', by: [[], ['action']] },
  { name: 'Sweeps', message: 'Swept' },
  { name: 'SweepRepairs', message: 'Swept', value: 'jobs' },
  { name: 'OldestWaitingJob', message: 'Swept', value: 'oldest_ms', unit: 'Milliseconds' },
  { name: 'Unreadable', message: 'Due items cannot be read' },
  { name: 'DeadLettersTaken', message: 'Dead letter taken' },
  { name: 'CommandsLost', message: 'A command could not be handled' },
  settingsRefused,
];
