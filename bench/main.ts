import { fileURLToPath } from 'node:url';
import { startProcess } from '../core/process.ts';
import { benchEnv } from './config.ts';

/**
 * `npm run bench -- <name> [options]`: one bench in a process of its own, so that none warms up another. Each prints
 * ratios against a floor of the same run; with `--json` as one line.
 */
const benches: readonly string[] = ['load', 'pages', 'receive'];

const [name = '', ...options] = process.argv.slice(2);
if (benches.includes(name)) {
  const file = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const running = startProcess({
    command: process.execPath,
    args: [file, ...options],
    env: benchEnv(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const { exitCode } = await running.ended;
  process.exitCode = exitCode ?? 1;
} else {
  process.stderr.write(`npm run bench -- <${benches.join('|')}> [options]\n`);
  process.exitCode = 2;
}
