import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runProcess } from '../core/process.ts';
import { writeBundles } from './bundles.ts';
import { benchEnv } from './config.ts';

/**
 * What importing `receive` costs: the time of a process that imports its bundle, against one that imports an empty
 * module. Both are measured in turn; times in ms, sizes in bytes. Node's crypto and HTTP client, which the first delivery
 * loads, are not in it: `firstCallMs` has them.
 */
export type ReceiveResult = Readonly<{
  rounds: number;
  /** The shortest time of each. */
  emptyMs: number;
  receiveMs: number;
  /** Their quotient. */
  ratio: number;
  /** The most that it may be. */
  limit: number;
  /** The shortest first call: it reads the secrets and sends a delivery, both to this machine. Nothing limits it. */
  firstCallMs: number;
  bundles: Readonly<Record<string, number>>;
}>;

type Pair = Readonly<{ empty: number; receive: number }>;

/**
 * Returns the shortest times and their quotient. Other work on the machine can only add to a time, so that the shortest of
 * many is the one without it; a median has half of it when the machine is busy half of the time.
 */
export function shortest(
  pairs: readonly Pair[],
): Pick<ReceiveResult, 'emptyMs' | 'receiveMs' | 'ratio'> {
  const emptyMs = least(pairs.map(({ empty }) => empty));
  const receiveMs = least(pairs.map(({ receive }) => receive));
  return { emptyMs, receiveMs, ratio: Math.round((receiveMs / emptyMs) * 1000) / 1000 };
}

function least(values: readonly number[]): number {
  return Math.round(Math.min(...values) * 1000) / 1000;
}

const limit = 1.15;

/** As infra/limits.ts has them. */
const names = [
  'receive',
  'ingest',
  'dispatch',
  'bury',
  'sweep',
  'settle',
  'broker',
  'web',
] as const;

/** Bundles all functions, and imports the one that GitHub waits for so often. */
export async function runReceive({ rounds }: { rounds: number }): Promise<ReceiveResult> {
  const folder = await mkdtemp(join(tmpdir(), 'cody-bench-'));
  try {
    const bundles = await writeBundles(folder, names);
    const receive = bundles.get('receive')?.file ?? '';
    const empty = join(folder, 'empty.mjs');
    await writeFile(empty, 'export {};\n');
    const pairs: Pair[] = [];
    // The first pair fills the caches of the disk.
    for (let round = 0; round <= rounds; round += 1)
      pairs.push(await measure(empty, receive, round));
    return {
      rounds,
      ...shortest(pairs.slice(1)),
      limit,
      firstCallMs: await firstCallMs(receive),
      bundles: Object.fromEntries([...bundles].map(([name, { bytes }]) => [name, bytes])),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Which of both comes first changes from round to round: neither gains by what the other leaves behind. */
async function measure(emptyFile: string, receiveFile: string, round: number): Promise<Pair> {
  if (round % 2 === 0)
    return { empty: await importMs(emptyFile), receive: await importMs(receiveFile) };
  const receive = await importMs(receiveFile);
  return { empty: await importMs(emptyFile), receive };
}

async function importMs(file: string): Promise<number> {
  const start = performance.now();
  await evaluate(`await import(${JSON.stringify(file)})`, {});
  return performance.now() - start;
}

/** Of five processes, each of which imports the bundle and hands it one signed delivery. */
async function firstCallMs(file: string): Promise<number> {
  const secret = 's'.repeat(40);
  // What SSM and SQS answer, as far as it is read: one body for both.
  const answer = JSON.stringify({ Parameters: [{ Name: '/secret', Value: secret }] });
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => response.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const body = JSON.stringify({ action: 'created', comment: { body: '/cody help' } });
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  const headers = {
    'x-github-event': 'issue_comment',
    'x-github-delivery': '00000000-0000-0000-0000-000000000001',
    'x-hub-signature-256': `sha256=${digest}`,
  };
  const script = `const { handler } = await import(${JSON.stringify(file)});
    const start = performance.now();
    const { statusCode } = await handler(${JSON.stringify({ headers, body })});
    const ms = performance.now() - start;
    console.log(statusCode === 202 ? '' : statusCode);
    console.log(ms);`;
  const env = {
    WEBHOOK_SECRET: 'ssm:/secret',
    AWS_ENDPOINT_URL_SSM: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  try {
    const times: number[] = [];
    while (times.length < 5) times.push(await calledMs(script, env));
    if (asked !== 2 * times.length) throw new Error(`SSM and SQS were asked ${asked} times`);
    return least(times);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

async function calledMs(script: string, env: Readonly<Record<string, string>>): Promise<number> {
  const [refused = '', ms = ''] = (await evaluate(script, env)).trimEnd().split('\n').slice(-2);
  if (refused !== '') throw new Error(`The first call was answered with ${refused}`);
  return Number(ms);
}

/** Runs a module in a process of its own and returns what it printed. Throws when it fails. */
async function evaluate(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const end = await runProcess({
    command: process.execPath,
    args: ['--input-type=module', '--eval', script],
    env: { ...benchEnv(), CODY_QUEUE_INGEST: 'https://sqs.example/ingest', ...env },
  });
  if (end.exitCode !== 0) throw new Error(`The bundle fails: ${end.stderr.toString()}`);
  return end.stdout.toString();
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '40' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await runReceive({ rounds: Number(values.rounds) });
  const { emptyMs, receiveMs, ratio, firstCallMs: firstMs } = result;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : [
          `empty ${Math.round(emptyMs)} ms, receive ${Math.round(receiveMs)} ms: ${ratio.toFixed(2)} of at most ${limit}`,
          `first call ${Math.round(firstMs)} ms, with SSM and SQS on this machine`,
          ...Object.entries(result.bundles).map(([name, bytes]) => `${name}: ${bytes} bytes`),
          '',
        ].join('\n'),
  );
  process.exitCode = ratio <= limit ? 0 : 1;
}
