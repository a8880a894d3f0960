import type { Job } from '../job.ts';
import { isTerminal } from '../job-state.ts';
import type { Thread } from '../thread.ts';
import { duration } from './duration.ts';
import { causeWords, outcomeWords, stateWords } from './job-words.ts';
import { type Links, wholeThread } from './links.ts';
import { blocks, inline, table } from './markdown.ts';
import { type LinkHosts, linkHosts } from './link-hosts.ts';
import { modelText } from './model-text.ts';
import { money } from './money.ts';
import { planSection } from './plan.ts';
import { renderThreadEvent } from './thread-event.ts';
import { usageLine } from './tokens.ts';
import { prefixOfBytes, truncate } from './truncate.ts';
import { verificationSection } from './verification.ts';

/** GitHub counts the bytes of `output.summary`, whatever its description says about characters. */
export const maxSummaryBytes = 65_535;

const maxHeadBytes = 30_000;
const maxStepBytes = 16_000;

/** What a check run shows. `now` (Unix time, ms) is needed while the job goes on. */
export type CheckRunInput = Readonly<{
  job: Job;
  thread?: Thread;
  links: Links;
  now?: number;
  modelNote?: string;
}>;

/** The `output` of a check run. */
export type CheckRunOutput = Readonly<{ title: string; summary: string }>;

/**
 * Returns title and summary of a job's check run; the summary has at most 65,535 bytes. The newest steps are kept; a
 * line tells how many are left out and where the whole thread is.
 */
export function renderCheckRun(input: CheckRunInput): CheckRunOutput {
  const { job, thread, links } = input;
  const head = truncate(overview(input), {
    maxBytes: maxHeadBytes,
    tail: `_This part is cut here._ ${wholeThread(job, links)}`,
  });
  const steps = thread?.events ?? [];
  const room = maxSummaryBytes - Buffer.byteLength(head) - 1_000;
  const kept = newest(steps, room, linkHosts(links));
  const left = steps.length - kept.length;
  const summary = blocks([
    head,
    steps.length === 0 ? undefined : '### Thread',
    left === 0
      ? pageWords(job, links)
      : `_${left} earlier ${left === 1 ? 'step is' : 'steps are'} left out._ ${wholeThread(job, links)}`,
    ...kept,
  ]);
  return { title: title(job), summary: truncate(summary, { maxBytes: maxSummaryBytes, tail: '' }) };
}

/** The page has what is cut here within the steps, and the diff. */
function pageWords(job: Job, links: Links): string | undefined {
  return links.thread === undefined ? undefined : wholeThread(job, links);
}

function title(job: Job): string {
  const pull = job.pull_request;
  if (job.state === 'pull_request' && pull) {
    if (job.iteration?.own) return `Commit for #${pull.number}, ${filesChanged(pull.files)}`;
    return `${pull.draft ? 'Draft pull request' : 'Pull request'} #${pull.number}, ${filesChanged(pull.files)}`;
  }
  if (job.state === 'answered') return 'Answered without changes';
  if (job.state === 'failed' && job.cause) return prefixOfBytes(job.cause.sentence, 250);
  const words = outcomeWords(job);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function filesChanged(count: number): string {
  return `${count} ${count === 1 ? 'file' : 'files'} changed`;
}

function overview({ job, thread, links, now, modelNote }: CheckRunInput): string {
  return blocks([
    table(
      ['Outcome', 'Turns', 'Tokens', 'Cost', 'Duration', 'Sandbox', 'Model'],
      [
        [
          isTerminal(job.state) ? outcomeWords(job) : stateWords(job, now ?? job.state_at),
          String(job.turns),
          usageLine(job.usage),
          money(job.cost_micro_usd),
          job.started_at === undefined
            ? '–'
            : duration(Math.max(0, (job.ended_at ?? now ?? job.state_at) - job.started_at)),
          job.sandbox === undefined
            ? '–'
            : `${inline(job.sandbox.kind)}, shell ${job.sandbox.shell ? 'on' : 'off'}`,
          `${inline(job.model)}, ${job.effort}`,
        ],
      ],
    ),
    modelNote === undefined ? undefined : `_${inline(modelNote)}_`,
    causeWords(job),
    ...finalAnswer(job, thread, linkHosts(links)),
    ...((isTerminal(job.state) && job.state !== 'planned') || job.verification
      ? ['### Verification', verificationSection(job)]
      : []),
  ]);
}

function finalAnswer(job: Job, thread: Thread | undefined, hosts: LinkHosts): string[] {
  const last = thread?.events.findLast((event) => event.type === 'turn')?.text;
  if (job.state === 'planned') return ['### Plan', planSection(job, { room: maxHeadBytes, hosts })];
  const text = job.submission?.summary ?? (isTerminal(job.state) ? last : undefined) ?? '';
  return text.trim() === '' ? [] : ['### Final answer', modelText(text, hosts)];
}

/** The last steps that fit into so many bytes, in their order; one overlong step is cut, not dropped. */
function newest(steps: Thread['events'], room: number, hosts: LinkHosts): string[] {
  const kept: string[] = [];
  let left = room;
  for (const step of steps.toReversed()) {
    const short = truncate(renderThreadEvent(step, hosts), {
      maxBytes: maxStepBytes,
      tail: '_This step is cut here._',
    });
    left -= Buffer.byteLength(short) + 2;
    if (left < 0) break;
    kept.unshift(short);
  }
  return kept;
}
