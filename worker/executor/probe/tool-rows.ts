import { closeSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess } from '../../../core/process.ts';
import { ToolError } from '../../tools/tool-error.ts';
import { createWorkspace, type Workspace } from '../../tools/workspace.ts';
import { codeOf } from './connect.ts';
import type { ProbeRow, ProbeSetup } from './questions.ts';

/** Tries to lead a file tool out of its folders, by what a hostile repository or command leaves there. */
export async function toolRows(setup: ProbeSetup): Promise<readonly ProbeRow[]> {
  const at = (name: string) => join(setup.scratch, name);
  symlinkSync(setup.outside, at('folder'));
  symlinkSync(join(setup.outside, 'new'), at('dangling'));
  symlinkSync('/proc/self/environ', at('environ'));
  symlinkSync('/dev/zero', at('zero'));
  const env = { PATH: '/usr/bin:/bin' };
  await runProcess({ command: 'mkfifo', args: [at('fifo')], env }, { timeoutMs: 5_000 });
  const workspace = createWorkspace(setup);
  const read = (name: string) => open(workspace, `/workspace/scratch/${name}`);
  const write = (name: string) => {
    const path = workspace.writable(`/workspace/scratch/${name}`);
    workspace.replace(path, Buffer.from('probe'), 0o600);
  };
  return [
    row('read through a link to another folder', () => read('folder/file')),
    row('read an environment through a link', () => read('environ')),
    row('read a device through a link', () => read('zero')),
    row('read a pipe', () => read('fifo')),
    row('read an absolute path', () => open(workspace, '/proc/self/environ')),
    row('read a path with ..', () => open(workspace, '/workspace/scratch/../../etc/passwd')),
    row('write through a link to another folder', () => write('folder/file')),
    row('write through a dangling link', () => {
      write('dangling');
      // Replacing the link itself is fine.
      readFileSync(join(setup.outside, 'new'));
    }),
  ];
}

function open(workspace: Workspace, path: string): void {
  const found = workspace.open(path);
  if (found.type === 'file') closeSync(found.descriptor);
}

function row(tried: string, attempt: () => void): ProbeRow {
  try {
    attempt();
    return { by: 'tool', tried, through: true, answer: 'it worked' };
  } catch (error) {
    const answer = error instanceof ToolError ? 'refused' : codeOf(error);
    return { by: 'tool', tried, through: false, answer };
  }
}
