import { mkdirSync } from 'node:fs';
import { openWayOut } from './egress/way-out.ts';
import { ExecutorRequest, ExecutorSetup, MAX_LINE_BYTES } from './protocol.ts';
import { createService } from './serve.ts';
import { splitLines } from './split-lines.ts';

/**
 * The untrusted process that runs every tool. Reads JSON lines on stdin, answers on stdout, ends when stdin closes.
 * A malformed line ends it: only its parent writes there.
 */
const setup = ExecutorSetup.parse(JSON.parse(process.argv[2] ?? ''));
for (const name of ['home', 'tmp']) mkdirSync(`${setup.scratch}/${name}`, { recursive: true });
if (setup.way_out) await openWayOut();
const service = createService(setup, (reply) => {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
});

// The parent is gone when its end of the pipe is: nobody reads answers any more.
process.stdout.on('error', () => process.exit(0));
// Not node:readline: it also ends a line at U+2028 and U+2029, which JSON leaves as they are.
splitLines(process.stdin, MAX_LINE_BYTES, (line) => {
  void service.handle(ExecutorRequest.parse(JSON.parse(line ?? '')));
});
process.stdin.once('close', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ type: 'ready' })}\n`);
