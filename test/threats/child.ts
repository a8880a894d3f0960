import { parseArgs } from 'node:util';
import { entryPoints } from './case.ts';
import { sandboxKinds } from './sandbox-kinds.ts';
import { loadCases } from './load-cases.ts';
import { playPart } from './play.ts';
import { chosen } from './choose.ts';

/*
 * One part of a run in a process of its own: with canaries in its environment, as another user, or without a defence.
 * Each verdict is a line of JSON.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    entry: { type: 'string', default: 'webhook' },
    tools: { type: 'string' },
    kind: { type: 'string' },
    case: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});

const entry = entryPoints.find((name) => name === values.entry) ?? 'webhook';
const tools = (['confined', 'inside', 'stack'] as const).find((name) => name === values.tools);
const kind = sandboxKinds.find((name) => name === values.kind);
const cases = chosen(loadCases(positionals), { entry, id: values.case, quick: values.quick });
const say = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);

const part = { entry, ...(tools && { tools }), ...(kind && { kind }) };
await playPart(part, cases, say);
say({ done: true });
// What a hostile case left open must not keep this process.
process.exit(0);
