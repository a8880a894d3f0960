import { type WireAnswer, jsonAnswer } from './answers.ts';
import { type Fault, type FaultCall, answering } from './fault.ts';

const isGithub = ({ service }: FaultCall) => service === 'github';
const isRead = ({ request }: FaultCall) => request.method === 'GET';
const route = (method: string, path: RegExp) => (call: FaultCall) =>
  isGithub(call) &&
  call.request.method === method &&
  path.test(call.request.path.replace(/\?.*$/, ''));

type Headers = Readonly<Record<string, string>>;

/** An answer as GitHub words it: the status stands in the body too, as text. */
export function githubAnswer(
  status: number,
  message: string,
  more: Readonly<{ errors?: readonly unknown[]; headers?: Headers; docs?: string }> = {},
): WireAnswer {
  const { errors, headers = {}, docs = 'https://docs.github.com/rest' } = more;
  return jsonAnswer(
    status,
    { message, ...(errors ? { errors } : {}), documentation_url: docs, status: String(status) },
    {
      server: 'github.com',
      'x-github-media-type': 'github.v3; format=json',
      'x-github-request-id': 'C0DE:1A2B3:4C5D6E:7F8091:673F1A2B',
      ...headers,
    },
  );
}

const docs =
  'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits';
const secondary =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID C0DE:1A2B3:4C5D6E:7F8091:673F1A2B.';

function limited(status: 403 | 429, headers: Headers = {}): WireAnswer {
  return githubAnswer(status, secondary, { docs, headers });
}

function primary(status: 403 | 429): WireAnswer {
  return githubAnswer(status, 'API rate limit exceeded for installation ID 1.', {
    docs: 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api',
    headers: {
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used': '5001',
      'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 2),
      'x-ratelimit-resource': 'core',
    },
  });
}

/** Limits, credentials and outages: what every route of the REST API can say. */
const everywhere: readonly Fault[] = [
  answering({ name: '401 for 5 s', lastsMs: 5_000, meets: isGithub }, () =>
    githubAnswer(401, 'Bad credentials'),
  ),
  answering({ name: '403 secondary, retry-after', meets: isGithub }, () =>
    limited(403, { 'retry-after': '1' }),
  ),
  answering({ name: '403 secondary, no retry-after', slow: true, meets: isGithub }, () =>
    limited(403),
  ),
  answering({ name: '429 secondary, retry-after', meets: isGithub }, () =>
    limited(429, { 'retry-after': '1' }),
  ),
  answering({ name: '429 secondary, no retry-after', slow: true, meets: isGithub }, () =>
    limited(429),
  ),
  answering({ name: '403 primary', meets: isGithub }, () => primary(403)),
  answering({ name: '429 primary', meets: isGithub }, () => primary(429)),
  answering({ name: '500 json', meets: isGithub }, () => githubAnswer(500, 'Server Error')),
  answering({ name: '503 json', meets: isGithub }, () =>
    githubAnswer(503, 'No server is currently available to service your request.'),
  ),
  answering({ name: '403 permission', kind: 'final', meets: isGithub }, () =>
    githubAnswer(403, 'Resource not accessible by integration', {
      headers: { 'x-accepted-github-permissions': 'contents=write; pull_requests=write' },
    }),
  ),
  answering({ name: '404', kind: 'final', meets: (call) => isGithub(call) && isRead(call) }, () =>
    githubAnswer(404, 'Not Found'),
  ),
  answering({ name: '451', kind: 'final', meets: isGithub }, () =>
    githubAnswer(451, 'Repository access blocked'),
  ),
];

type Refusal = Readonly<{
  name: string;
  meets: Fault['meets'];
  message: string;
  errors?: readonly unknown[];
  status?: number;
}>;

const repo = String.raw`^/repos/[^/]+/[^/]+`;
const refs = route('POST', new RegExp(`${repo}/git/refs$`));
const moveRef = route('PATCH', new RegExp(`${repo}/git/refs/`));
const pulls = route('POST', new RegExp(`${repo}/pulls$`));
const trees = route('POST', new RegExp(`${repo}/git/trees$`));
const blobs = route('POST', new RegExp(`${repo}/git/blobs$`));
const commits = route('POST', new RegExp(`${repo}/git/commits$`));
const checks = route('POST', new RegExp(`${repo}/check-runs$`));
const checkEdit = route('PATCH', new RegExp(`${repo}/check-runs/`));
const comments = route('POST', new RegExp(`${repo}/issues/[0-9]+/comments$`));
const commentEdit = route('PATCH', new RegExp(`${repo}/issues/comments/`));
const reviewers = route('POST', new RegExp(`${repo}/pulls/[0-9]+/requested_reviewers$`));
const labels = route('POST', new RegExp(`${repo}/issues/[0-9]+/labels$`));
const reactions = route('POST', /\/reactions$/);
const tokens = route('POST', /^\/app\/installations\/[0-9]+\/access_tokens$/);
const ruled =
  'Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n';

/** 422 and its like, route by route. */
const refusals: readonly Refusal[] = [
  { name: '422 ref exists', meets: refs, message: 'Reference already exists' },
  { name: '422 ref object missing', meets: refs, message: 'Object does not exist' },
  { name: '422 ruleset', meets: refs, message: ruled },
  { name: '422 not a fast forward', meets: moveRef, message: 'Update is not a fast forward' },
  { name: '422 ref does not exist', meets: moveRef, message: 'Reference does not exist' },
  {
    name: '422 protected branch',
    meets: moveRef,
    message: 'Protected branch update failed for refs/heads/main.',
  },
  { name: '422 bad tree', meets: trees, message: 'GitRPC::BadObjectState' },
  { name: '409 repository empty', meets: trees, message: 'Git Repository is empty.', status: 409 },
  { name: '422 bad blob', meets: blobs, message: 'Invalid encoding: utf8' },
  { name: '422 tree missing', meets: commits, message: 'Tree SHA does not exist' },
  failed('422 pull request exists', pulls, {
    resource: 'PullRequest',
    code: 'custom',
    message: 'A pull request already exists for acme:cody/some-branch.',
  }),
  failed('422 no commits between', pulls, {
    resource: 'PullRequest',
    code: 'custom',
    message: 'No commits between main and cody/some-branch',
  }),
  failed('422 base invalid', pulls, { resource: 'PullRequest', field: 'base', code: 'invalid' }),
  {
    name: '422 no commit for check',
    meets: checks,
    message: 'No commit found for SHA: 0000000000000000000000000000000000000000',
  },
  failed('422 check too long', either(checks, checkEdit), {
    resource: 'CheckRun',
    field: 'summary',
    code: 'custom',
    message: 'Only 65535 characters are allowed; 65536 were supplied.',
  }),
  failed('422 comment', either(comments, commentEdit), {
    resource: 'IssueComment',
    code: 'unprocessable',
    field: 'data',
    message: 'Body is too long (maximum is 65536 characters)',
  }),
  {
    name: '410 issues off',
    meets: either(comments, commentEdit),
    message: 'Issues has been disabled in this repository.',
    status: 410,
  },
  {
    name: '422 reviewer',
    meets: reviewers,
    message:
      'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the acme/web-app repository.',
  },
  failed('422 label', labels, { resource: 'Label', code: 'invalid', field: 'name' }),
  failed('422 reaction', reactions, { resource: 'Reaction', code: 'invalid', field: 'content' }),
  {
    name: '422 permissions not granted',
    meets: tokens,
    message: 'The permissions requested are not granted to this installation.',
  },
  {
    name: '403 suspended',
    meets: tokens,
    message: 'This installation has been suspended',
    status: 403,
  },
];

function failed(name: string, meets: Fault['meets'], ...errors: readonly unknown[]): Refusal {
  return { name, meets, message: 'Validation Failed', errors };
}

function either(...all: readonly Fault['meets'][]): Fault['meets'] {
  return (call) => all.some((meets) => meets(call));
}

/** What the REST API can answer wrongly or unwillingly. */
export const githubFaults: readonly Fault[] = [
  ...everywhere,
  ...refusals.map(({ name, meets, message, errors, status = 422 }) =>
    answering({ name, kind: 'final', meets }, () =>
      githubAnswer(status, message, errors ? { errors } : {}),
    ),
  ),
];

const asksAnything = ({ service }: FaultCall) => service === 'git';
const plain = (status: number, text: string, headers: Headers = {}): WireAnswer => ({
  status,
  headers: {
    'content-type': 'text/plain; charset=utf-8',
    ...headers,
    'content-length': String(Buffer.byteLength(text)),
  },
  body: Buffer.from(text),
});

/** What git's smart HTTP can answer. */
export const gitFaults: readonly Fault[] = [
  answering({ name: '401 for 5 s', lastsMs: 5_000, meets: asksAnything }, () =>
    plain(401, 'Invalid username or token.', { 'www-authenticate': 'Basic realm="GitHub"' }),
  ),
  answering({ name: '429', meets: asksAnything }, () =>
    plain(429, 'Too many requests', { 'retry-after': '1' }),
  ),
  answering({ name: '503', meets: asksAnything }, () => plain(503, 'Service unavailable')),
  answering({ name: '403', kind: 'final', meets: asksAnything }, () =>
    plain(403, 'Write access to repository not granted.'),
  ),
  answering({ name: '404', kind: 'final', meets: asksAnything }, () =>
    plain(404, 'Repository not found.'),
  ),
  answering(
    {
      name: 'not our ref',
      kind: 'final',
      meets: (call) => asksAnything(call) && call.request.method === 'POST',
    },
    () => {
      const text = 'ERR upload-pack: not our ref';
      const line = `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
      return plain(200, line, { 'content-type': 'application/x-git-upload-pack-result' });
    },
  ),
];
