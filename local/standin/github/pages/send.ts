import { z } from 'zod';

import { GithubError } from '../github-error.ts';
import type { Hub } from '../hub.ts';
import type { WireAnswer, WireRequest } from '../pipeline.ts';
import type { Account } from '../world.ts';
import type { Send } from './visit.ts';

/** The way of every REST request, whoever sends it. */
export type Handle = (request: WireRequest) => Promise<WireAnswer>;

const Refusal = z.object({
  message: z.string(),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional() })])).optional(),
});

/**
 * Creates the way in which forms write: as REST requests with a token of the acting person, so that a form can do
 * nothing that the API would not allow, and sends the same events.
 */
export function createSend(hub: Hub, handle: Handle): (actor: Account | undefined) => Send {
  const tokens = new Map<number, string>();
  const tokenOf = ({ id }: Account) => {
    const token = tokens.get(id) ?? hub.tokens.mintUser(id);
    tokens.set(id, token);
    return token;
  };
  return (actor) => async (operation, body) => {
    const [method = '', path = ''] = operation.split(' ');
    const headers = new Headers({
      accept: 'application/vnd.github+json',
      'content-type': 'application/json',
      'user-agent': 'pages',
      ...(actor && { authorization: `Bearer ${tokenOf(actor)}` }),
    });
    const url = new URL(path, hub.world.origin);
    const answer = await handle({ method, url, headers, body: bytesOf(body) });
    if (answer.type === 'destroy') throw new GithubError(502, 'The connection was cut');
    const text = answer.body.toString('utf8');
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    if (answer.status >= 400) throw refusal(answer.status, parsed);
    return parsed;
  };
}

function bytesOf(body: object | undefined): Buffer {
  return body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
}

function refusal(status: number, body: unknown): GithubError {
  const read = Refusal.safeParse(body);
  if (!read.success) return new GithubError(status, 'The request was refused');
  const details = (read.data.errors ?? [])
    .map((error) => (typeof error === 'string' ? error : (error.message ?? '')))
    .filter((detail) => detail !== '');
  return new GithubError(status, [read.data.message, ...details].join(': '));
}
