import type { Thread } from '../thread.ts';
import { blocks, codeFence, codeSpan, inline } from './markdown.ts';
import { renderThreadEvent } from './thread-event.ts';

/** Returns a job's whole thread as Markdown, without a limit. */
export function renderThread(thread: Thread, modelNote?: string): string {
  const head = [
    `Repository ${codeSpan(thread.repository)} at ${codeSpan(thread.base_sha.slice(0, 12))}`,
    `model ${inline(thread.model)}, effort ${inline(thread.effort)}`,
    `asked by ${inline(thread.requester)}`,
    `job ${codeSpan(thread.job_id)}`,
  ];
  return `${blocks([
    `# Thread of ${inline(thread.repository)}`,
    head.join(' · '),
    modelNote === undefined ? undefined : `_${inline(modelNote)}_`,
    '## Prompt',
    codeFence(thread.prompt),
    '## Steps',
    ...thread.events.map((event) => renderThreadEvent(event)),
  ])}\n`;
}
