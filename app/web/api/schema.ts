import { z } from '@hono/zod-openapi';

/* Pieces that several documents of the API are made of. */

/** RFC 3339, UTC. */
export const Time = z.iso.datetime().openapi({ example: '2026-01-31T12:00:00.000Z' });

/** Whole micro-USD. */
export const MicroUsd = z
  .number()
  .int()
  .openapi({ description: 'Micro-USD: 1,000,000 is one dollar.' });

export const RepositoryDocument = z
  .object({ id: z.number().int(), owner: z.string(), name: z.string(), private: z.boolean() })
  .openapi('Repository');

export const PersonDocument = z
  .object({ id: z.number().int(), login: z.string() })
  .openapi('Person');

export const ProblemDocument = z
  .object({
    type: z.string().openapi({ description: 'Where docs/outcomes.md explains the code.' }),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z
      .array(
        z.object({
          code: z.string().optional(),
          in: z.string().optional(),
          field: z.string().optional(),
          detail: z.string(),
        }),
      )
      .optional(),
  })
  .openapi('Problem', { description: 'RFC 9457.' });

/** How lists are cut into parts. */
export const Cursor = z.string().max(500).openapi({
  description: 'Where the list goes on: `next_cursor` of the part before. Its text means nothing.',
});

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemDocument } },
});

/** What every operation may answer beside what it is for. */
export const commonProblems = {
  400: problem('The request is malformed; `errors` names the fields.'),
  401: problem('Nobody is signed in, or the token is not good.'),
  403: problem('You may look at this and not act on it, or the call came from another origin.'),
  404: problem('There is no such thing, or you may not see it.'),
  421: problem('The call was sent to another host name.'),
  429: problem('Too many calls; `Retry-After` says when to come again.'),
  500: problem('A defect.'),
  503: problem('GitHub or a store does not answer; `Retry-After` says when to come again.'),
} as const;

/** What operations may answer besides that start or end work. */
export const actionProblems = {
  ...commonProblems,
  409: problem('There is nothing to do, or something else goes on first.'),
  413: problem('The request is too large.'),
  422: problem('The request was not accepted; `errors` names every reason.'),
} as const;

/** Anybody who may call: a browser with its cookie, or a program with its token. */
export const signedIn: Record<string, string[]>[] = [{ session: [] }, { token: [] }];
