import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { z } from 'zod';
import { embedMetrics } from './embed-metrics.ts';
import { metrics as known } from './metrics.ts';
import { createRedactor } from './redact.ts';

/** A structured log: a fixed message, everything else in fields. Never bodies, prompts, diffs or tokens. */
export type Log = Logger;

/** `redact` removes registered secrets from text; without it only those of known shape are removed. */
export type LogOptions = Readonly<{
  level: string;
  name: string;
  redact?: (text: string) => string;
  /** Under which CloudWatch keeps the metrics that stand in the lines; without it there are none. */
  metrics?: string | undefined;
  /** Default: standard output. */
  stream?: DestinationStream;
}>;

/**
 * Returns a log that writes one JSON object per line, each passed through the redactor. Errors (fields `err` and
 * `error`) keep type, message, stack, code, status and their causes; the request that an HTTP client hangs on its
 * errors, and with it the headers, is left out.
 */
export function createLog({ level, name, redact, metrics, stream }: LogOptions): Log {
  const clean = redact ?? createRedactor([]).redact;
  const out = stream ?? process.stdout;
  return pino(
    {
      level,
      base: { name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError, error: describeError },
    },
    { write: (line) => out.write(redactLine(withMetrics(line, metrics), clean)) },
  );
}

/** pino writes the message last. */
const messageAtEnd = /"msg":"([^"\\]+)"\}\n$/;
const counted: ReadonlySet<string> = new Set(known.map(({ message }) => message));
const Line = z.looseObject({ time: z.iso.datetime() });

function withMetrics(line: string, namespace: string | undefined): string {
  const message = namespace === undefined ? undefined : messageAtEnd.exec(line)?.[1];
  if (namespace === undefined || message === undefined || !counted.has(message)) return line;
  const read = Line.parse(JSON.parse(line));
  const at = Date.parse(read.time);
  return `${JSON.stringify(embedMetrics(read, { namespace, metrics: known, at }))}\n`;
}

/** What a log keeps of an error. */
type DescribedError = Readonly<{
  type: string;
  message: string;
  stack?: string;
  code?: string | number;
  status?: string | number;
  cause?: unknown;
}>;

const maxCauses = 5;

function describeError(error: unknown, depth = 0): DescribedError | string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error;
  const code = plainField(error, 'code');
  const status = plainField(error, 'status');
  return {
    type: error.name,
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { status }),
    ...(error.cause === undefined || depth >= maxCauses
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}

function plainField(error: Error, key: string): string | number | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(error, key)?.value;
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

/** A secret inside of a line may touch its quotes and escapes, so then the strings are cleaned one by one. */
function redactLine(line: string, clean: (text: string) => string): string {
  if (clean(line) === line) return line;
  return `${JSON.stringify(cleanDeep(JSON.parse(line), clean))}\n`;
}

function cleanDeep(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((item) => cleanDeep(item, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [clean(key), cleanDeep(item, clean)]),
  );
}
