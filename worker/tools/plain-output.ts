import { stripVTControlCharacters } from 'node:util';

/** Turns the bytes of a terminal program into plain text, chunk by chunk; the chunking makes no difference. */
export type PlainOutput = Readonly<{
  /** The text of all lines completed by this chunk, with their line ends. */
  push: (chunk: Buffer) => string;
  /** The rest. */
  end: () => string;
}>;

const MAX_HELD = 256 * 1024;

/**
 * Strips escape sequences and control characters, and of a line that was overwritten with carriage returns keeps
 * what a terminal would show last. Bytes that are not UTF-8 become U+FFFD.
 */
export function createPlainOutput(): PlainOutput {
  const decoder = new TextDecoder('utf-8');
  let held = '';
  const complete = (): string => {
    const end = held.lastIndexOf('\n') + 1;
    const cut = end === 0 && held.length > MAX_HELD ? held.length : end;
    const ready = held.slice(0, cut);
    held = held.slice(cut);
    return plainLines(ready);
  };
  return {
    push: (chunk) => {
      held += decoder.decode(chunk, { stream: true });
      return complete();
    },
    end: () => {
      const rest = plainLines(held + decoder.decode());
      held = '';
      return rest;
    },
  };
}

function plainLines(text: string): string {
  return text === '' ? '' : text.split('\n').map(plainLine).join('\n');
}

function plainLine(line: string): string {
  const bare = stripVTControlCharacters(withoutOsc(line)).replace(/\r+$/, '');
  const last = bare.slice(bare.lastIndexOf('\r') + 1);
  // eslint-disable-next-line no-control-regex -- these characters are what is to be removed
  return last.replace(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '');
}

/**
 * Takes out operating system commands (titles, links) in time that grows with the length only: Node's pattern looks
 * for the end of each one up to the end of the line. Of one without an end, only the start is taken out.
 */
function withoutOsc(line: string): string {
  return (
    line
      // eslint-disable-next-line no-control-regex -- these characters are what is to be removed
      .replace(/\u001B\][^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)/g, '')
      // eslint-disable-next-line no-control-regex -- these characters are what is to be removed
      .replace(/(?<!\u001B)\u001B+\]/g, '')
  );
}
