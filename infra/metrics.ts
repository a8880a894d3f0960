/**
 * What is counted out of the structured logs: one metric per kind of line, taken by CloudWatch while the line is
 * stored, so that no code has to send anything. test/infra holds that each message stands in the code.
 */
export type Metric = Readonly<{
  name: string;
  /** The logs that it is read from. */
  logs: readonly LogName[];
  /** The static message (`msg`) of the line. */
  message: string;
  /** The field whose number counts; 1 per line without it. */
  value?: string;
  unit?: 'Count' | 'Seconds' | 'Milliseconds' | 'None';
  /** A field of few values by which the metric is split. */
  by?: string;
}>;

type LogName = 'receive' | 'ingest' | 'dispatch' | 'sweep' | 'settle' | 'bury' | 'web' | 'worker';

/** Where the product's own metrics stand: `CodyBatch/<stage>`. */
export const metricNamespace = 'CodyBatch';

const starters = ['ingest', 'dispatch'] as const;
/** Whoever ends a job: its worker, and the App when it has none. */
const enders = ['worker', 'ingest', 'dispatch', 'sweep', 'settle', 'bury', 'web'] as const;
/** Whoever moves a command on its way. */
const movers = ['ingest', 'dispatch', 'web', 'sweep', 'worker'] as const;

export const metrics: readonly Metric[] = [
  { name: 'Webhooks', logs: ['receive'], message: 'Webhook', by: 'status' },
  {
    name: 'AckTime',
    logs: ['receive'],
    message: 'Webhook',
    value: 'ms',
    unit: 'Milliseconds',
  },
  { name: 'CommandsHandled', logs: ['ingest'], message: 'Command handled' },
  { name: 'RequestsRefused', logs: ['ingest', 'web'], message: 'Request refused' },
  {
    name: 'StageTime',
    logs: movers,
    message: 'Stage reached',
    value: 'ms',
    unit: 'Milliseconds',
    by: 'stage',
  },
  {
    name: 'TimeSinceCommand',
    logs: movers,
    message: 'Stage reached',
    value: 'since_ms',
    unit: 'Milliseconds',
    by: 'stage',
  },
  { name: 'WorkersStarted', logs: starters, message: 'Worker started' },
  { name: 'NoCapacity', logs: starters, message: 'No capacity for a worker' },
  { name: 'LaunchesFailed', logs: starters, message: 'Worker cannot be started' },
  { name: 'JobsEnded', logs: enders, message: 'Job ended', by: 'state' },
  { name: 'JobsEndedByCause', logs: enders, message: 'Job ended', by: 'cause' },
  { name: 'CostUsd', logs: enders, message: 'Job ended', value: 'cost_usd', unit: 'None' },
  { name: 'TokensIn', logs: enders, message: 'Job ended', value: 'tokens_in' },
  { name: 'TokensOut', logs: enders, message: 'Job ended', value: 'tokens_out' },
  { name: 'JobTime', logs: enders, message: 'Job ended', value: 'ms', unit: 'Milliseconds' },
  {
    name: 'WaitTime',
    logs: ['worker'],
    message: 'Job ended',
    value: 'waited_ms',
    unit: 'Milliseconds',
  },
  { name: 'JobsRecovered', logs: ['sweep', 'settle'], message: 'Job recovered', by: 'action' },
  { name: 'Sweeps', logs: ['sweep'], message: 'Swept' },
  { name: 'SweepRepairs', logs: ['sweep'], message: 'Swept', value: 'jobs' },
  {
    name: 'OldestWaitingJob',
    logs: ['sweep'],
    message: 'Swept',
    value: 'oldest_ms',
    unit: 'Milliseconds',
  },
  { name: 'DeadLettersTaken', logs: ['bury'], message: 'Dead letter taken' },
  { name: 'CommandsLost', logs: ['bury'], message: 'A command could not be handled' },
];
