import { parseArgs } from 'node:util';
import { readPolicy, takeProcessEnv } from './config.ts';
import { judge } from './executor/probe/judge.ts';
import type { ProbeAuthor, ProbeRow } from './executor/probe/questions.ts';
import { runProbe } from './executor/probe/run-probe.ts';
import { detectSandbox } from './executor/sandbox.ts';

/**
 * Prints what confines tools on this machine, and what a probe that runs as the executor could and could not do. Ends
 * with 0 when commands may run here, with 1 when the shell is off or no job may run. With --json one document.
 */
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const found = await detectSandbox(readPolicy(takeProcessEnv()));
const { kind, shell, network, reason, refused } = found;
const asked: readonly ProbeAuthor[] = ['command', 'tool', 'view'];
const inside = await runProbe(found, asked);
const during = await runProbe(found, ['setup']);
const rows = [inside, during].flatMap((report) => (report.started ? report.rows : []));
const verdict = judge(rows, [...asked, 'setup']);

if (values.json) {
  const { setup } = found;
  const result = { kind, shell, network, setup, reason, refused: refused ?? null, verdict, rows };
  process.stdout.write(`${JSON.stringify(result)}\n`);
} else {
  process.stdout.write(`${[reason, refused ?? '', ...rows.map(lineOf), ''].join('\n')}\n`);
}
process.exit(shell && refused === undefined ? 0 : 1);

function lineOf({ by, tried, through, answer }: ProbeRow): string {
  // What set-up reaches where the policy opens its network, and what commands see: that is told, and decides nothing.
  const told = { command: 'THROUGH', tool: 'THROUGH', setup: 'reached', view: 'seen' };
  const word = through ? told[by] : 'blocked';
  return `${by.padEnd(8)}${word.padEnd(9)}${tried.padEnd(56)}${answer}`;
}
