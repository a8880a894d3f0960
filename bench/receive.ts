import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runProcess } from '../core/process.ts';
import { writeBundles } from './bundles.ts';
import { benchEnv } from './config.ts';

/**
 * What importing `receive` costs: the time of a process that imports its bundle, against one that imports an empty
 * module. Both are measured in turn; times in ms, sizes in bytes. Node's crypto and HTTP client, which the first delivery
 * loads, are not in it.
 */
export type ReceiveResult = Readonly<{
  rounds: number;
  emptyMs: number;
  receiveMs: number;
  /** The median of the quotients of runs beside each other. */
  ratio: number;
  /** The most that it may be. */
  limit: number;
  bundles: Readonly<Record<string, number>>;
}>;

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
    const pairs: { empty: number; receive: number }[] = [];
    // The first pair fills the caches of the disk.
    for (let round = 0; round <= rounds; round += 1)
      pairs.push({
        empty: await importMs(empty),
        receive: await importMs(receive),
      });
    const measured = pairs.slice(1);
    return {
      rounds,
      emptyMs: median(measured.map((pair) => pair.empty)),
      receiveMs: median(measured.map((pair) => pair.receive)),
      ratio: median(measured.map((pair) => pair.receive / pair.empty)),
      limit,
      bundles: Object.fromEntries([...bundles].map(([name, { bytes }]) => [name, bytes])),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function importMs(file: string): Promise<number> {
  const start = performance.now();
  const end = await runProcess({
    command: process.execPath,
    args: ['--input-type=module', '--eval', `await import(${JSON.stringify(file)})`],
    env: { ...benchEnv(), CODY_QUEUE_INGEST: 'https://sqs.example/ingest' },
  });
  if (end.exitCode !== 0) throw new Error(`${file} can not be imported: ${end.stderr.toString()}`);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1000) / 1000;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '25' },
      json: { type: 'boolean', default: false },
    },
  });
  const result = await runReceive({ rounds: Number(values.rounds) });
  const { emptyMs, receiveMs, ratio } = result;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : [
          `empty ${Math.round(emptyMs)} ms, receive ${Math.round(receiveMs)} ms: ${ratio.toFixed(2)} of at most ${limit}`,
          ...Object.entries(result.bundles).map(([name, bytes]) => `${name}: ${bytes} bytes`),
          '',
        ].join('\n'),
  );
  process.exitCode = ratio <= limit ? 0 : 1;
}
