import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../core/log.ts';
import { createRedactor } from '../../core/redact.ts';

function record(values: readonly string[] = [], level = 'info') {
  const lines: string[] = [];
  const log = createLog({
    level,
    name: 'test',
    redact: createRedactor(values).redact,
    stream: { write: (line) => void lines.push(line) },
  });
  return { log, lines, last: (): unknown => JSON.parse(lines.at(-1) ?? 'null') };
}

describe('the log', () => {
  it('writes one JSON object per line with level, time, name, fields and message', () => {
    const { log, lines, last } = record();
    log.child({ request: 'q7x2' }).info({ jobs: 2 }, 'request accepted');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(last()).toMatchObject({
      level: 'info',
      name: 'test',
      request: 'q7x2',
      jobs: 2,
      msg: 'request accepted',
    });
  });

  it('drops what is below its level', () => {
    const { log, lines } = record([], 'warn');
    log.info('quiet');
    expect(lines).toEqual([]);
  });

  it('keeps an error with its causes and without its request', () => {
    const { log, last, lines } = record();
    const inner = Object.assign(new Error('socket closed'), { code: 'ECONNRESET' });
    const outer = Object.assign(new Error('call failed', { cause: inner }), {
      status: 502,
      request: { headers: { authorization: 'token plain-header-value' } },
      response: { headers: {}, data: 'plain-body-value' },
    });
    log.error({ err: outer }, 'job failed');
    expect(last()).toMatchObject({
      err: {
        type: 'Error',
        message: 'call failed',
        status: 502,
        cause: { message: 'socket closed', code: 'ECONNRESET' },
      },
    });
    expect(lines.join('')).not.toMatch(/plain-header-value|plain-body-value/);
  });

  it('ends a chain of causes that goes round', () => {
    const { log, lines } = record();
    const error = new Error('round');
    error.cause = error;
    log.error(error, 'failed');
    expect(lines[0]?.match(/"message":"round"/g)).toHaveLength(6);
  });

  it('holds no registered value in fields, keys, bindings, messages or errors, and stays JSON', () => {
    const secret = fc.string({ unit: 'binary-ascii', minLength: 8, maxLength: 40 });
    const known = /"(level|time|name|err|deep|msg|type|message|stack)"|[[\]]|^[\d:.TZ"-]+$/;
    fc.assert(
      fc.property(
        secret.filter((text) => !known.test(text) && /[^a-z0-9/ ]/i.test(text)),
        (value) => {
          const { log, last, lines } = record([value]);
          log
            .child({ bound: `n${value}` })
            .error({ err: new Error(value), deep: [{ [value]: `\n${value}\\` }] }, `\t${value}"`);
          const strings: string[] = [];
          JSON.stringify(last(), (key, item: unknown) => {
            strings.push(key, typeof item === 'string' ? item : '');
            return item;
          });
          expect(strings.filter((text) => text.includes(value))).toEqual([]);
          expect(lines[0]).toContain('[redacted]');
        },
      ),
    );
  });

  it('removes secrets of known shape without any registration', () => {
    const lines: string[] = [];
    const log = createLog({
      level: 'info',
      name: 'test',
      stream: { write: (line) => void lines.push(line) },
    });
    log.info({ token: `ghs_${'aB3dE6gH9j'.repeat(4)}` }, 'minted');
    expect(lines[0]).toContain('"token":"[redacted]"');
  });
});
