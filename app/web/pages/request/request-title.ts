import { visible } from '../../../../core/render/hidden.ts';
import type { SeenRequest } from '../../api/request-document.ts';

/** What a request is called: the beginning of its prompt, where the person may read it. */
export function requestTitle({ request, source }: Pick<SeenRequest, 'request' | 'source'>): string {
  const text = source ? visible(request.prompt_excerpt).text.trim() : '';
  return text === '' ? `Request ${request.id}` : text;
}
