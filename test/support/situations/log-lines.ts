import { Writable } from 'node:stream';
import { pino } from 'pino';

export type LogLine = Readonly<Record<string, unknown>>;

/** Fields that tell what was decided. */
const told = [
  'reason',
  'parsed',
  'replied',
  'problems',
  'cause',
  'status',
  'outcome',
  'ms',
  'limit',
];

/** Lines that metrics are counted from: they measure, and differ each time. */
const measured = new Set<unknown>(['Stage reached', 'Job ended']);

/** A logger whose lines are kept. */
export function createLogLines() {
  const lines: LogLine[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString('utf8')) as LogLine);
      done();
    },
  });
  return { lines, log: pino({ level: 'info' }, stream) };
}

/** Whether a line tells of the events that were sent; the engines' own lines and echoes of what the App wrote do not. */
export function isAbout(line: LogLine, deliveries: readonly string[]): boolean {
  const { msg, delivery } = line;
  if (!/^[A-Z]/.test(String(msg)) || measured.has(msg)) return false;
  return typeof delivery !== 'string' || deliveries.includes(delivery);
}

/** A line as `message (field value, …)`. */
export function tellLine(line: LogLine): string {
  const fields = told
    .filter((name) => line[name] !== undefined)
    .map((name) => `${name} ${words(line[name])}`);
  const error = line['err'] as { code?: string; type?: string } | undefined;
  const all = error ? [...fields, `error ${error.code ?? error.type ?? ''}`] : fields;
  return `${String(line['msg'])}${all.length === 0 ? '' : ` (${all.join(', ')})`}`;
}

function words(value: unknown): string {
  return Array.isArray(value) ? value.join(' + ') : String(value);
}
