import { closeSync, readFileSync } from 'node:fs';
import { writeDefinition } from './definition/write.ts';
import { parseNote } from './parse-note.ts';
import { MAX_EDITABLE } from './read.ts';
import { decodeText, encodeText } from './text-file.ts';
import type { Tool, ToolContext } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { textOutput } from './tool-result.ts';
import { displayPath, type WorkspacePath } from './workspace-path.ts';

type Existing = Readonly<{ bytes: Buffer; mode: number }>;

export const writeTool: Tool<'write', typeof writeDefinition.input> = {
  ...writeDefinition,
  run: async (context, input) => {
    const path = context.workspace.writable(input.file_path);
    const name = displayPath(path);
    const existing = load(context, path);
    const before = existing && decodeText(existing.bytes);
    const bytes = before
      ? encodeText({ ...before, text: withoutBom(input.content) })
      : Buffer.from(input.content, 'utf8');
    if (existing?.bytes.equals(bytes)) return textOutput(`${name} has this content already.`);
    const stat = context.workspace.replace(path, bytes, existing?.mode ?? 0o644);
    const seen = context.registry.remember(path, stat, bytes);
    const note = await parseNote(name, before?.text, input.content);
    const done = `${existing ? 'Replaced' : 'Created'} ${name} (${bytes.length} bytes)`;
    return textOutput(note ? `${done}\n${note}` : done, path.root === 'repo', seen);
  },
};

function load(context: ToolContext, path: WorkspacePath): Existing | undefined {
  const open = context.workspace.openForChange(path);
  if (!open) return undefined;
  try {
    if (open.stat.size > BigInt(MAX_EDITABLE)) {
      throw new ToolError(
        `${displayPath(path)} has ${open.stat.size} bytes; write replaces at most ${MAX_EDITABLE}. Use bash instead.`,
      );
    }
    const bytes = readFileSync(open.descriptor);
    if (bytes.length > 0) context.registry.check(path, open.stat, bytes);
    return { bytes, mode: Number(open.stat.mode) & 0o7777 };
  } finally {
    closeSync(open.descriptor);
  }
}

function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
