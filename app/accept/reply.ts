import { UserError } from '../../core/errors.ts';
import { marker } from '../../core/render/marker.ts';
import { postOnce } from '../own-comment.ts';
import { appFailure } from '../installations.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Addressed } from './issue-comment.ts';

type Deps = Pick<AcceptDeps, 'appId' | 'installations' | 'requests' | 'log'>;

/**
 * Answers a comment once and remembers that it was answered. A place that takes no comment (locked, gone) counts as
 * answered, because trying again would not change it. Throws TransientError when GitHub is out.
 */
export async function reply(deps: Deps, comment: Addressed, text: string): Promise<void> {
  const { source } = comment;
  const hidden = marker('reply', comment.request_id);
  try {
    const github = await deps.installations.client(source.installation_id);
    await postOnce(github, source, {
      marker: hidden,
      since: comment.written_at,
      appId: deps.appId,
      body: `${hidden}\n${text}`,
    });
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'The reply could not be posted');
  }
  await deps.requests.remember({
    type: 'command',
    semantic_key: comment.key,
    payload_sha256: comment.payload_sha256,
    disposition: 'reply',
  });
}
