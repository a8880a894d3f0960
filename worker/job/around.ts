import { attachedImage } from '../../core/attached-image.ts';
import type { Attachment, GatheredContext } from '../../core/gathered-context.ts';
import { leftOutWords, notFetchedWords } from '../../core/render/left-out.ts';
import { type Request, RequestContext } from '../../core/request.ts';
import { toldInPrivate } from '../../core/told-in-private.ts';
import type { AttachedFile, Surroundings } from '../agent/context-prompt.ts';
import type { FirstMessageInput } from '../agent/prompt.ts';
import type { PullRequestView } from '../agent/pull-request-prompt.ts';
import type { Lease } from '../lease.ts';
import type { WorkerDeps } from './deps.ts';
import type { ThreadRecorder } from './thread-recorder.ts';

type Run = Readonly<{
  request: Request;
  lease: Lease;
  thread: Pick<ThreadRecorder, 'add'>;
  pullRequest: PullRequestView | undefined;
}>;

type Around = Pick<FirstMessageInput, 'issue' | 'around' | 'pullRequest' | 'toldInPrivate'>;

/**
 * Returns what stands around the prompt, as far as people who read what is published may know it, and notes in the
 * thread what is left out. Throws TransientError when the bucket does not answer.
 */
export async function aroundPrompt(deps: Pick<WorkerDeps, 'bucket'>, run: Run): Promise<Around> {
  const { pullRequest, request } = run;
  if (toldInPrivate(request, run.lease.job()))
    return { toldInPrivate: true, ...(pullRequest ? { pullRequest } : {}) };
  const stored = await deps.bucket.get(request.context);
  const { issue, gathered } = RequestContext.parse(JSON.parse(stored.toString('utf8')));
  const around = gathered && (await surroundings(deps, gathered));
  const notice = noticeOf(around, pullRequest);
  if (notice !== '') run.thread.add({ type: 'notice', text: notice });
  if (pullRequest) return { pullRequest, around };
  return { ...(issue ? { issue } : {}), around };
}

async function surroundings(
  deps: Pick<WorkerDeps, 'bucket'>,
  { attachments, missing, ...gathered }: GatheredContext,
): Promise<Surroundings> {
  const files: AttachedFile[] = [];
  const failed: GatheredContext['missing'] = [...missing];
  for (const attachment of attachments) {
    const { name, from } = attachment;
    const bytes = await deps.bucket.get(attachment.pointer);
    const file = fileOf(attachment, bytes);
    if (typeof file === 'string') failed.push({ name, from, reason: file });
    else files.push({ name, from, ...file });
  }
  return { ...gathered, files, missing: failed };
}

/** An image that the API would refuse would end the run, so that it is looked at again. */
function fileOf({ type }: Attachment, bytes: Buffer) {
  if (type === 'text') return { type, text: bytes.toString('utf8') };
  const image = attachedImage(bytes);
  return typeof image === 'string'
    ? image
    : { type, media_type: image.media_type, data: bytes.toString('base64') };
}

/** For people who read the thread. */
function noticeOf(
  around: Surroundings | undefined,
  pullRequest: PullRequestView | undefined,
): string {
  const leftOut = pullRequest?.leftOut ?? around?.left_out;
  return [
    leftOut ? leftOutWords(leftOut) : '',
    around?.unread ? 'GitHub does not show the comments before the command.' : '',
    around?.edited_since
      ? 'The description was changed after the command; the one from before is used.'
      : '',
    ...(around?.missing ?? []).map(
      ({ name, reason }) => `The attachment ${name} is not used: ${notFetchedWords(reason)}.`,
    ),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}
