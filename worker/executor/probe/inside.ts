import { writeSync } from 'node:fs';
import { commandRows, viewRows } from './command-rows.ts';
import { type ProbeRow, ProbeSetup } from './questions.ts';
import { setupRows } from './setup-rows.ts';
import { toolRows } from './tool-rows.ts';

/** Runs in the sandbox, as the executor would: tries what must not work, and prints what happened as JSON. */
const setup = ProbeSetup.parse(JSON.parse(process.argv[2] ?? ''));
const rows: ProbeRow[] = [];
if (setup.by.includes('command')) rows.push(...(await commandRows(setup)));
if (setup.by.includes('tool')) rows.push(...(await toolRows(setup)));
if (setup.by.includes('setup')) rows.push(...(await setupRows(setup)));
if (setup.by.includes('view')) rows.push(...(await viewRows(setup)));
writeSync(1, JSON.stringify(rows));
