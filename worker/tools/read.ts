import { closeSync, readSync } from 'node:fs';
import { type ReadInput, readDefinition } from './definition/read.ts';
import { fitLines, MAX_LIST } from './fit-lines.ts';
import { type ImageType, imageType, inspectImage } from '../../core/image.ts';
import { numberLines } from './number-lines.ts';
import { outlineOf } from './outline.ts';
import { type Page, pageLines } from './page-lines.ts';
import type { Tool, ToolContext } from './tool.ts';
import { ToolError } from './tool-error.ts';
import { textOutput, type ToolOutput } from './tool-result.ts';
import type { Listing, OpenFile } from './workspace.ts';
import { displayPath } from './workspace-path.ts';

const MAX_LINES = 2000;
const MAX_BYTES = 50 * 1024;
const MAX_LINE = 2000;
const MAX_ENTRIES = 1000;
// The Messages API takes images of at most 5 MB in base64, and of at most 8000 pixels in width and height.
const MAX_IMAGE = 3_750_000;
const MAX_SIDE = 8000;
/** Up to this size a file is hashed when it is read, and can be edited. */
export const MAX_EDITABLE = 10 * 1024 * 1024;

export const readTool: Tool<'read', typeof readDefinition.input> = {
  ...readDefinition,
  run: (context, input) => {
    const found = context.workspace.open(input.file_path);
    if (found.type === 'directory') return textOutput(describeListing(found));
    try {
      return readFile(context, found, input);
    } finally {
      closeSync(found.descriptor);
    }
  },
};

function readFile(context: ToolContext, file: OpenFile, input: ReadInput): ToolOutput {
  const name = displayPath(file.path);
  const start = Buffer.alloc(8192);
  const sample = start.subarray(0, readSync(file.descriptor, start, 0, start.length, 0));
  const type = imageType(sample);
  const image = type && imageOutput(file, type);
  if (image) return image;
  if (sample.includes(0)) throw new ToolError(binaryMessage(name, file.stat.size, sample));
  const page = pageLines(file.descriptor, {
    offset: input.offset ?? 1,
    limit: Math.min(input.limit ?? MAX_LINES, MAX_LINES),
    maxBytes: MAX_BYTES,
    maxLine: MAX_LINE,
  });
  const small = file.stat.size <= BigInt(MAX_EDITABLE);
  const bytes = small ? readFileAt(file.descriptor, Number(file.stat.size)) : undefined;
  const outline = bytes && !context.registry.knows(file.path) ? outlineOfLong(name, bytes) : [];
  const seen = context.registry.remember(file.path, file.stat, bytes);
  const text = describePage(name, file.stat.size, { page, input, bytes, outline });
  return textOutput(text, false, seen);
}

/** What helps to choose the next pages of a file that one page cannot show. */
function outlineOfLong(name: string, bytes: Buffer): string[] {
  return countLines(bytes) > MAX_LINES ? outlineOf(name, bytes.toString('utf8')) : [];
}

function readFileAt(descriptor: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const count = readSync(descriptor, bytes, length, size - length, length);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/** Undefined when the file only begins like an image. */
function imageOutput(file: OpenFile, type: ImageType): ToolOutput | undefined {
  if (file.stat.size > BigInt(MAX_IMAGE)) {
    throw new ToolError(
      `${displayPath(file.path)} is an image of ${file.stat.size} bytes; at most ${MAX_IMAGE} can be shown. Make a smaller copy in /workspace/scratch with bash.`,
    );
  }
  const bytes = readFileAt(file.descriptor, Number(file.stat.size));
  const image = inspectImage(type, bytes);
  if (!image) return undefined;
  if (image.width > MAX_SIDE || image.height > MAX_SIDE) {
    throw new ToolError(
      `${displayPath(file.path)} has ${image.width}×${image.height} pixels; at most ${MAX_SIDE} on a side can be shown. Make a smaller copy in /workspace/scratch with bash.`,
    );
  }
  const data = bytes.toString('base64');
  return {
    content: [
      { type: 'text', text: `${displayPath(file.path)} (${type}, ${file.stat.size} bytes)` },
      { type: 'image', media_type: type, data },
    ],
    is_error: false,
    mutated: false,
  };
}

function binaryMessage(name: string, size: bigint, sample: Buffer): string {
  const mark = sample.subarray(0, 2).toString('hex');
  if (mark === 'fffe' || mark === 'feff') {
    return `${name} is UTF-16 text (${size} bytes). Convert it with bash: iconv -f UTF-16 -t UTF-8 into /workspace/scratch, then read that.`;
  }
  return `${name} is a binary file (${size} bytes) and is not shown. Use bash (file, xxd | head, strings) if its content matters.`;
}

function describePage(
  name: string,
  size: bigint,
  result: Readonly<{
    page: Page;
    input: ReadInput;
    bytes: Buffer | undefined;
    outline: readonly string[];
  }>,
): string {
  const { page, input, bytes, outline } = result;
  const first = input.offset ?? 1;
  if (size === 0n) return `[${name} is empty]`;
  if (page.lines.length === 0) {
    return `[${name} has ${page.seen} lines; offset ${first} is past its end]`;
  }
  const last = first + page.lines.length - 1;
  const total = page.more ? (bytes ? String(countLines(bytes)) : undefined) : String(page.seen);
  const notes = [];
  if (page.more) {
    const of = total ? `of ${total}` : `of a file of ${size} bytes`;
    notes.push(`[lines ${first}–${last} ${of}; continue with offset=${last + 1}]`);
  } else if (first > 1) {
    notes.push(`[lines ${first}–${last} of ${total}; end of file]`);
  }
  if (page.crlf) notes.push('[line ends are CRLF]');
  if (page.unterminated) notes.push('[no newline at the end of the file]');
  if (page.clipped)
    notes.push(`[lines over ${MAX_LINE} characters are cut; grep shows parts of them]`);
  if (page.latin1) notes.push('[not UTF-8: shown as Latin-1, edit cannot change this file]');
  return [numberLines(page.lines, first), ...outline, ...notes].join('\n');
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return bytes.at(-1) === 10 ? count : count + 1;
}

function describeListing(listing: Listing): string {
  const names = listing.entries.slice(0, MAX_ENTRIES).map(({ name, kind, target }) => {
    if (kind === 'directory') return `${name}/`;
    if (kind === 'link') return `${name} -> ${target ?? ''}`;
    return kind === 'special' ? `${name} (special file)` : name;
  });
  const name = displayPath(listing.path);
  const shown = fitLines(names, MAX_LIST);
  if (shown.length === 0) return `[${name} is an empty directory]`;
  const rest = listing.entries.length - shown.length;
  const note = rest > 0 ? [`[${rest} more entries; narrow down with glob]`] : [];
  return [`${name} (directory, ${listing.entries.length} entries)`, ...shown, ...note].join('\n');
}
