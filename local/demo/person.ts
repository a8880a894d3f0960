import { z } from 'zod';

/** GitHub's REST API in the hands of one person: what they could do with curl. */
export type Person = Readonly<{
  /** One object. Throws HttpError on any status from 400. */
  get: <S extends z.ZodType>(path: string, schema: S) => Promise<z.infer<S>>;
  /** All pages of a list; `inside` names the array when the answer is an object. */
  list: <S extends z.ZodType>(
    path: string,
    schema: S,
    inside?: string,
  ) => Promise<readonly z.infer<S>[]>;
  post: <S extends z.ZodType>(path: string, body: object, schema: S) => Promise<z.infer<S>>;
  /** The answer as text in the given media type, for instance a diff. */
  text: (path: string, accept: string) => Promise<string>;
}>;

/** An answer with a status from 400. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}

type Access = Readonly<{ apiUrl: string; token: string }>;

/** Binds the API to a person's token. */
export function createPerson(access: Access): Person {
  return {
    get: async (path, schema) => schema.parse(await (await ask(access, { path })).json()),
    list: (path, schema, inside) => listAll(access, { path, schema, inside }),
    post: async (path, body, schema) =>
      schema.parse(await (await ask(access, { path, body })).json()),
    text: async (path, accept) => (await ask(access, { path, accept })).text(),
  };
}

type Ask = Readonly<{ path: string; body?: object; accept?: string }>;

async function ask({ apiUrl, token }: Access, { path, body, accept }: Ask): Promise<Response> {
  const answer = await fetch(new URL(path, `${apiUrl}/`), {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: accept ?? 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'cody-batch-demo',
      'x-github-api-version': '2022-11-28',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status >= 400) {
    const text = (await answer.text()).slice(0, 500);
    throw new HttpError(answer.status, `GitHub answered ${answer.status} to ${path}: ${text}`);
  }
  return answer;
}

type List<S extends z.ZodType> = Readonly<{ path: string; schema: S; inside: string | undefined }>;

async function listAll<S extends z.ZodType>(
  access: Access,
  { path, schema, inside }: List<S>,
): Promise<readonly z.infer<S>[]> {
  const page =
    inside === undefined
      ? z.array(schema)
      : z.object({ [inside]: z.array(schema) }).transform((answer) => answer[inside] ?? []);
  const items: z.infer<S>[] = [];
  let next: string | undefined = `${path}${path.includes('?') ? '&' : '?'}per_page=100`;
  while (next !== undefined) {
    const answer: Response = await ask(access, { path: next });
    items.push(...page.parse(await answer.json()));
    next = /<([^>]+)>;\s*rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  return items;
}
