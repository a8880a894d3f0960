import pino from 'pino';
import { startExecutor } from '../../../worker/executor/executor.ts';
import { detectSandbox } from '../../../worker/executor/sandbox.ts';

/** Started by a test and killed by it: runs a command that never ends. Argument: folder and mark as JSON. */
const { folder, mark } = JSON.parse(process.argv[2] ?? '');
const executor = await startExecutor({
  workTree: `${folder}/repo`,
  logs: `${folder}/logs`,
  scratch: `${folder}/scratch`,
  sandbox: await detectSandbox(),
  network: false,
  log: pino({ level: 'silent' }),
});
const command = `setsid sh -c 'sleep 1000 # ${mark}' & sleep 1000 # ${mark}`;
await executor.run({ id: 'x', name: 'bash', input: { command } });
