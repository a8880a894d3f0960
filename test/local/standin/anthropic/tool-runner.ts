import { mkdtemp, glob, readFile, rm, writeFile, cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { runProcess } from '../../../../core/process.ts';

export type ToolAnswer = { content: string; isError: boolean };

/** The tools on a copy of a folder, as small as the actor can do with. */
export type Workspace = {
  root: string;
  run: (name: string, input: unknown) => Promise<ToolAnswer>;
  /** Every file below the root, path to text. */
  files: () => Promise<Record<string, string>>;
  remove: () => Promise<void>;
};

export type ToolRunnerOptions = {
  /** Answers commands as a sandbox without a shell does. */
  isShellOff?: boolean;
  /** Changes what a tool answers, as a tool that loses information would. */
  spoil?: (name: string, output: string) => string;
};

const string = { type: 'string' };

/** The seven tools in the shape that the worker offers, without the options that the actor never uses. */
export const tools: Anthropic.Tool[] = [
  tool('bash', { command: string }),
  tool('read', { file_path: string }),
  tool('edit', { file_path: string, old_string: string, new_string: string }),
  tool('write', { file_path: string, content: string }),
  tool('grep', { pattern: string }),
  tool('glob', { pattern: string }),
  tool('submit', {
    title: string,
    summary: string,
    changes: { type: 'array', items: string },
    verification: {
      type: 'array',
      items: {
        type: 'object',
        properties: { command: string, outcome: string },
        required: ['command', 'outcome'],
        additionalProperties: false,
      },
    },
    not_done: { type: 'array', items: string },
    risks: { type: 'array', items: string },
  }),
];

const Input = z.record(z.string(), z.unknown());

export async function openWorkspace(
  source: string,
  options: ToolRunnerOptions = {},
): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'scripted-model-'));
  await cp(source, root, { recursive: true });
  const answer = async (name: string, input: Record<string, unknown>): Promise<string> => {
    switch (name) {
      case 'bash':
        if (options.isShellOff) throw new Error('The shell is off: no sandbox on this machine.');
        return runCommand(root, textOf(input, 'command'));
      case 'read':
        return numbered(await readFile(join(root, textOf(input, 'file_path')), 'utf8'));
      case 'edit':
        return edit(join(root, textOf(input, 'file_path')), input);
      case 'glob':
        return findPaths(root, textOf(input, 'pattern'));
      case 'grep':
        return grep(await filesBelow(root), new RegExp(textOf(input, 'pattern')));
      default:
        throw new Error(`no tool ${name}`);
    }
  };

  return {
    root,
    run: async (name, input) => {
      try {
        const output = await answer(name, Input.parse(input));
        return { content: options.spoil?.(name, output) ?? output, isError: false };
      } catch (error) {
        return { content: error instanceof Error ? error.message : String(error), isError: true };
      }
    },
    files: () => filesBelow(root),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function textOf(input: Record<string, unknown>, field: string): string {
  return z.string().parse(input[field]);
}

async function findPaths(root: string, pattern: string): Promise<string> {
  const paths: string[] = [];
  for await (const path of glob(pattern, { cwd: root })) paths.push(path);
  return paths.toSorted().join('\n');
}

function tool(name: string, properties: Record<string, object>): Anthropic.Tool {
  return {
    name,
    description: `The ${name} tool.`,
    strict: true,
    input_schema: {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    },
  };
}

async function runCommand(root: string, command: string): Promise<string> {
  const { stdout, stderr, exitCode } = await runProcess({
    command: 'bash',
    args: ['-c', command],
    cwd: root,
    env: { PATH: `${join(process.execPath, '..')}:/usr/bin:/bin`, NO_COLOR: '1' },
  });
  return `${stdout.toString()}${stderr.toString()}\nexit code: ${exitCode}`;
}

function numbered(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line, index) => `${String(index + 1).padStart(6)}\t${line}`).join('\n');
}

async function edit(path: string, input: Record<string, unknown>): Promise<string> {
  const before = await readFile(path, 'utf8');
  const parts = before.split(z.string().parse(input['old_string']));
  if (parts.length !== 2) throw new Error(`old_string occurs ${parts.length - 1} times`);
  await writeFile(path, parts.join(z.string().parse(input['new_string'])));
  return 'The file was edited.';
}

function grep(files: Record<string, string>, pattern: RegExp): string {
  return Object.entries(files)
    .flatMap(([path, text]) =>
      text
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line}`] : [])),
    )
    .join('\n');
}

async function filesBelow(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of glob('**/*', { cwd: root, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(root.length + 1)] = await readFile(path, 'utf8');
  }
  return found;
}
