import { closeSync, readFileSync } from 'node:fs';
import { editDefinition, type EditInput } from './definition/edit.ts';
import { numberLines } from './number-lines.ts';
import { parseNote } from './parse-note.ts';
import { MAX_EDITABLE } from './read.ts';
import { type ReplaceOutcome, replaceText } from './replace-text.ts';
import { decodeText, encodeText, type TextFile } from './text-file.ts';
import type { Tool, ToolContext } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { textOutput } from './tool-result.ts';
import type { OpenFile } from './workspace.ts';
import { displayPath, type WorkspacePath } from './workspace-path.ts';

const CONTEXT_LINES = 4;
const MAX_SNIPPET = 60;

export const editTool: Tool<'edit', typeof editDefinition.input> = {
  ...editDefinition,
  run: async (context, input) => {
    if (input.old_string === '') {
      throw new ToolError(
        'old_string is empty. Give the text to replace, or use write for a new file.',
      );
    }
    if (input.old_string === input.new_string) {
      throw new ToolError(
        'old_string and new_string are the same; nothing was changed. Give the new text, or go on if the file is right.',
      );
    }
    const path = context.workspace.writable(input.file_path);
    const { file, mode } = load(context, path);
    const outcome = replaceText(file.text, {
      oldText: fitEol(input.old_string, file),
      newText: fitEol(input.new_string, file),
      all: input.replace_all ?? false,
    });
    const name = displayPath(path);
    if (outcome.type !== 'replaced') throw new ToolError(explain(name, input, outcome));
    if (outcome.text === file.text) {
      throw new ToolError(
        `The replacement leaves ${name} as it is; nothing was changed. Go on if the file is right.`,
      );
    }
    const bytes = encodeText({ ...file, text: outcome.text });
    const stat = context.workspace.replace(path, bytes, mode);
    const seen = context.registry.remember(path, stat, bytes);
    const note = await parseNote(name, file.text, outcome.text);
    return textOutput(report({ name, outcome, note }), path.root === 'repo', seen);
  },
};

function load(context: ToolContext, path: WorkspacePath): { file: TextFile; mode: number } {
  const name = displayPath(path);
  const open = context.workspace.openForChange(path);
  if (!open) {
    throw new ToolError(`${name} does not exist. Find it with glob, or create it with write.`);
  }
  try {
    const bytes = content(open, name);
    context.registry.check(path, open.stat, bytes);
    const file = decodeText(bytes);
    if (!file) {
      throw new ToolError(
        `${name} is not UTF-8 text, so edit cannot change it. Use bash (perl, iconv) and keep its encoding.`,
      );
    }
    return { file, mode: Number(open.stat.mode) & 0o7777 };
  } finally {
    closeSync(open.descriptor);
  }
}

function content(open: OpenFile, name: string): Buffer {
  if (open.stat.size > BigInt(MAX_EDITABLE)) {
    throw new ToolError(
      `${name} has ${open.stat.size} bytes; edit takes at most ${MAX_EDITABLE}. Use bash (sed, perl) instead.`,
    );
  }
  return readFileSync(open.descriptor);
}

function fitEol(text: string, file: TextFile): string {
  return file.eol === '\r\n' ? text.replaceAll('\r\n', '\n') : text;
}

function explain(
  name: string,
  input: EditInput,
  outcome: Exclude<ReplaceOutcome, { type: 'replaced' }>,
): string {
  if (outcome.type === 'many') {
    const shown = outcome.lines.slice(0, 20).join(', ');
    const more = outcome.lines.length > 20 ? ', …' : '';
    const how = outcome.normalised ? ' but for spacing or typographic characters' : '';
    return `old_string occurs ${outcome.lines.length} times in ${name}${how}, at lines ${shown}${more}. Add surrounding lines to make it unique${outcome.normalised ? '' : ', or set replace_all'}.`;
  }
  const numbered = /^ *\d+\t/m.test(input.old_string)
    ? ' It seems to hold the line numbers that read adds; leave them out.'
    : '';
  const closest = outcome.closest
    ? ` The closest lines are:\n${outcome.closest}`
    : ' Read the file again and copy the text from there.';
  return `old_string was not found in ${name} (0 matches).${numbered}${closest}`;
}

type Replaced = Readonly<{
  name: string;
  outcome: Extract<ReplaceOutcome, { type: 'replaced' }>;
  note: string | undefined;
}>;

function report({ name, outcome, note }: Replaced): string {
  const lines = outcome.text.replace(/\n$/, '').split('\n');
  const first = Math.max(1, outcome.lines.first - CONTEXT_LINES);
  const last = Math.min(lines.length, outcome.lines.last + CONTEXT_LINES);
  const shown = lines.slice(first - 1, Math.min(last, first - 1 + MAX_SNIPPET));
  const clipped = shown.map((line) => (line.length > 500 ? `${line.slice(0, 500)}…` : line));
  const times = outcome.count > 1 ? ` (${outcome.count} replacements; the first is shown)` : '';
  const notes = [
    outcome.ignored && `[matched only with ${outcome.ignored} ignored; check the result]`,
    note,
  ].filter((note) => note !== undefined);
  return [`Changed ${name}${times}`, numberLines(clipped, first), ...notes].join('\n');
}
