import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ExecutorRequest, ExecutorSetup } from './protocol.ts';
import { createService } from './serve.ts';

/**
 * The untrusted process that runs every tool. Reads JSON lines on stdin, answers on stdout, ends when stdin closes.
 * A malformed line ends it: only its parent writes there.
 */
const setup = ExecutorSetup.parse(JSON.parse(process.argv[2] ?? ''));
mkdirSync(`${setup.scratch}/home`, { recursive: true });
const service = createService(setup, (reply) => {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
});

// The parent is gone when its end of the pipe is: nobody reads answers any more.
process.stdout.on('error', () => process.exit(0));
const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on('line', (line) => {
  void service.handle(ExecutorRequest.parse(JSON.parse(line)));
});
lines.on('close', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ type: 'ready' })}\n`);
