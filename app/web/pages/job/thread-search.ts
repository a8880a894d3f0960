import type { ThreadEvent } from '../../../../core/thread.ts';
import { marked } from '../text/marked.ts';

/** A step that has what was searched for, with the words around the first place. */
export type Hit = Readonly<{ place: number; before: string; hit: string; after: string }>;

const mostHits = 100;
const around = 60;

/** Returns the steps whose text has these words, small and large letters alike. */
export function searchThread(
  events: readonly ThreadEvent[],
  search: string,
): Readonly<{ hits: readonly Hit[]; more: boolean }> {
  const wanted = search.toLowerCase();
  const hits: Hit[] = [];
  for (const [place, event] of events.entries()) {
    const hit = firstHit(textsOf(event), wanted);
    if (!hit) continue;
    if (hits.length === mostHits) return { hits, more: true };
    hits.push({ place, ...hit });
  }
  return { hits, more: false };
}

function firstHit(texts: readonly string[], wanted: string): Omit<Hit, 'place'> | undefined {
  for (const text of texts) {
    const at = text.toLowerCase().indexOf(wanted);
    if (at < 0) continue;
    const end = at + wanted.length;
    return {
      before: `${at > around ? '…' : ''}${clean(text.slice(Math.max(0, at - around), at))}`,
      hit: clean(text.slice(at, end)),
      after: `${clean(text.slice(end, end + around))}${end + around < text.length ? '…' : ''}`,
    };
  }
  return undefined;
}

function textsOf(event: ThreadEvent): readonly string[] {
  switch (event.type) {
    case 'turn':
      return [
        event.text,
        event.thinking,
        ...event.tools.flatMap(({ name, input, output }) => [name, input, output]),
      ];
    case 'setup':
    case 'verification':
      return [event.command, event.output_tail];
    case 'notice':
      return [event.text];
    case 'outcome':
      return [event.sentence, event.code];
  }
}

function clean(part: string): string {
  return marked(part).replaceAll(/\s+/g, ' ');
}
