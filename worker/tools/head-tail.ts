/** Keeps the beginning and the end of a long text in constant memory. Sizes in characters. */
export type HeadTail = Readonly<{
  push: (text: string) => void;
  /**
   * The whole text when it fits `head + tail`; otherwise its beginning and end, cut at line ends where there are
   * some, with `marker(lines)` between them, where `lines` is the number of line ends left out.
   */
  text: (marker: (lines: number) => string) => string;
}>;

/** Starts with nothing. */
export function createHeadTail(limits: Readonly<{ head: number; tail: number }>): HeadTail {
  let head = '';
  let tail = '';
  let dropped = 0;
  let droppedLines = 0;
  return {
    push: (text) => {
      const room = limits.head - head.length;
      head += text.slice(0, room);
      tail += text.slice(Math.max(0, room));
      // Trimming in large steps keeps this linear.
      if (tail.length > 4 * limits.tail) {
        const cut = tail.length - limits.tail;
        droppedLines += countBreaks(tail.slice(0, cut));
        dropped += cut;
        tail = tail.slice(cut);
      }
    },
    text: (marker) => {
      const excess = Math.max(0, tail.length - limits.tail);
      if (dropped + excess === 0) return head + tail;
      const lines = droppedLines + countBreaks(tail.slice(0, excess));
      const first = headAtLine(head);
      const last = tailAtLine(tail.slice(excess));
      const more =
        countBreaks(head.slice(first.length)) + countBreaks(tail.slice(excess)) - countBreaks(last);
      return `${first}${first.endsWith('\n') ? '' : '\n'}${marker(lines + more)}\n${last}`;
    },
  };
}

function countBreaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Up to the last line end, if that is in the second half; never within a surrogate pair. */
function headAtLine(text: string): string {
  const end = text.lastIndexOf('\n') + 1;
  if (end > text.length / 2) return text.slice(0, end);
  const code = text.charCodeAt(text.length - 1);
  return code >= 0xd800 && code <= 0xdbff ? text.slice(0, -1) : text;
}

function tailAtLine(text: string): string {
  const start = text.indexOf('\n') + 1;
  if (start > 0 && start < text.length / 2) return text.slice(start);
  const code = text.charCodeAt(0);
  return code >= 0xdc00 && code <= 0xdfff ? text.slice(1) : text;
}
