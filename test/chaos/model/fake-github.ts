import { sha256 } from '../../../core/ids.ts';
import type { Github } from '../../../core/github/octokit.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- what a route takes is checked by the client's own types
type Args = Record<string, any>;
type Comment = { id: number; body: string };
type Pull = {
  number: number;
  html_url: string;
  state: 'open';
  draft: boolean;
  body: string;
  head: { ref: string; sha: string };
  requested_reviewers: { login: string }[];
  mergeable: boolean;
};
type Check = {
  id: number;
  html_url: string;
  name: string;
  external_id: string;
  status: string;
  head_sha: string;
};

/** One write that GitHub carried out. */
export type Written = Readonly<{ name: string; repository: string; args: Args; by: string }>;

/** A repository of the GitHub that exists for a run. */
export type FakeRepository = {
  readonly id: number;
  readonly name: string;
  refs: Map<string, string>;
  commits: Map<string, { sha: string; tree: { sha: string }; parents: { sha: string }[] }>;
  pulls: Pull[];
  comments: Comment[];
  checks: Check[];
};

export const baseSha = 'a'.repeat(40);
export const baseTree = 'b'.repeat(40);

/** The sha that GitHub gives to a tree: the same one that the change was computed with. */
export function treeSha(entries: readonly Readonly<{ path: string; content?: string }>[]): string {
  return sha256(entries.map(({ path, content }) => `${path} ${content ?? ''}`).join('\n')).slice(
    0,
    40,
  );
}

/**
 * GitHub as far as accepting, reporting and publishing write to it. Reads answer at once; each write is an effect of
 * the process that makes it. What is not here answers 404, as GitHub does for what it does not show.
 */
export function createFakeGithub(options: Readonly<{ repositories: number; now: () => number }>) {
  const repositories = new Map<string, FakeRepository>();
  for (let id = 1; id <= options.repositories; id += 1) {
    const name = `repository-${id}`;
    repositories.set(name, {
      id,
      name,
      refs: new Map([['heads/main', baseSha]]),
      commits: new Map(),
      pulls: [],
      comments: [],
      checks: [],
    });
  }
  const ledger: Written[] = [];
  let ids = 1_000;
  const nextId = () => (ids += 1);
  const find = (name: string) => {
    const found = repositories.get(name);
    if (!found) throw httpError(404, 'Not Found');
    return found;
  };
  const shown = (repository: FakeRepository) => ({
    id: repository.id,
    name: repository.name,
    owner: { login: 'acme' },
    private: true,
    default_branch: 'main',
  });
  const at = () => new Date(options.now()).toISOString();

  const reads: Record<string, (args: Args) => unknown> = {
    'repos.get': ({ repo }) => shown(find(repo)),
    'git.getRef': ({ repo, ref }) => {
      const sha = find(repo).refs.get(ref);
      if (!sha) throw httpError(404, 'Not Found');
      return { object: { sha } };
    },
    'git.getCommit': ({ repo, commit_sha }) => {
      const commit = find(repo).commits.get(commit_sha);
      if (!commit) throw httpError(404, 'Not Found');
      return commit;
    },
    'repos.getCollaboratorPermissionLevel': ({ username }) => ({
      permission: 'write',
      user: { id: Number(String(username).split('-')[1]) },
    }),
    'issues.listComments': ({ repo }) => [...find(repo).comments],
    'pulls.list': ({ repo, head }) =>
      find(repo).pulls.filter((pull) => `acme:${pull.head.ref}` === head),
    'pulls.get': ({ repo, pull_number }) => {
      const pull = find(repo).pulls.find(({ number }) => number === pull_number);
      if (!pull) throw httpError(404, 'Not Found');
      return { ...pull };
    },
    'checks.listForRef': ({ repo, ref }) => find(repo).checks.filter((one) => one.head_sha === ref),
  };

  const writes: Record<string, (args: Args) => unknown> = {
    'reactions.createForIssueComment': () => ({ id: nextId() }),
    'issues.createComment': ({ repo, body }) => {
      const comment = {
        id: nextId(),
        body,
        user: { login: 'cody[bot]', type: 'Bot' },
        created_at: at(),
      };
      find(repo).comments.push(comment);
      return comment;
    },
    'issues.updateComment': ({ repo, comment_id, body }) => {
      const comment = find(repo).comments.find(({ id }) => id === comment_id);
      if (!comment) throw httpError(404, 'Not Found');
      comment.body = body;
      return comment;
    },
    'issues.deleteComment': ({ repo, comment_id }) => {
      const repository = find(repo);
      if (!repository.comments.some(({ id }) => id === comment_id))
        throw httpError(404, 'Not Found');
      repository.comments = repository.comments.filter(({ id }) => id !== comment_id);
      return undefined;
    },
    'git.createTree': ({ tree }) => ({ sha: treeSha(tree) }),
    'git.createCommit': ({ repo, tree, parents }) => {
      const sha = sha256(`commit ${nextId()}`).slice(0, 40);
      const commit = {
        sha,
        tree: { sha: tree },
        parents: parents.map((one: string) => ({ sha: one })),
      };
      find(repo).commits.set(sha, commit);
      return commit;
    },
    'git.createRef': ({ repo, ref, sha }) => {
      const name = String(ref).replace('refs/', '');
      const { refs } = find(repo);
      if (refs.has(name)) throw httpError(422, 'Reference already exists');
      refs.set(name, sha);
      return { object: { sha } };
    },
    'pulls.create': ({ repo, head, body, draft }) => {
      const repository = find(repo);
      if (repository.pulls.some((pull) => pull.head.ref === head))
        throw httpError(422, `A pull request already exists for acme:${head}.`);
      const number = nextId();
      const sha = repository.refs.get(`heads/${head}`) ?? '';
      const pull: Pull = {
        number,
        html_url: `https://github.example/${number}`,
        state: 'open',
        draft,
        body,
        head: { ref: head, sha },
        requested_reviewers: [],
        mergeable: true,
      };
      repository.pulls.push(pull);
      return pull;
    },
    'pulls.update': ({ repo, pull_number, body }) => {
      const pull = find(repo).pulls.find(({ number }) => number === pull_number);
      if (pull) pull.body = body;
      return pull;
    },
    'pulls.requestReviewers': ({ repo, pull_number, reviewers }) => {
      const pull = find(repo).pulls.find(({ number }) => number === pull_number);
      for (const login of reviewers ?? []) {
        // Who is asked again stays asked once.
        if (pull?.requested_reviewers.every((one) => one.login !== login))
          pull.requested_reviewers.push({ login });
      }
      return pull;
    },
    'checks.create': ({ repo, name, external_id, head_sha, status }) => {
      const id = nextId();
      const check = {
        id,
        html_url: `https://github.example/c/${id}`,
        name,
        external_id,
        status,
        head_sha,
      };
      find(repo).checks.push(check);
      return check;
    },
    'checks.update': ({ repo, check_run_id }) => {
      const check = find(repo).checks.find(({ id }) => id === check_run_id);
      if (!check) throw httpError(404, 'Not Found');
      return check;
    },
  };

  const request = async (_route: string, { repository_id }: Args = {}) => {
    const found = [...repositories.values()].find(({ id }) => id === repository_id);
    if (!found) throw httpError(404, 'Not Found');
    return { data: shown(found) };
  };

  /** GitHub as one process sees it; `write` lets a write happen as an effect of it. */
  const client = (
    by: string,
    write: (name: string, act: () => Promise<unknown>) => Promise<unknown>,
  ): Github => {
    const call =
      (name: string) =>
      async (args: Args = {}) => {
        const read = reads[name];
        if (read) return { data: structuredClone(read(args)) };
        const act = writes[name];
        if (!act) throw httpError(404, 'Not Found');
        const data = await write(name, async () => {
          const answer = structuredClone(act(args));
          ledger.push({ name, repository: String(args['repo']), args, by });
          return answer;
        });
        return { data };
      };
    const namespace = (first: string) =>
      new Proxy({}, { get: (_, second) => call(`${first}.${String(second)}`) });
    const paginate = Object.assign(
      async (list: (args: Args) => Promise<{ data: unknown }>, args: Args) =>
        (await list(args)).data,
      {
        iterator: async function* (list: (args: Args) => Promise<{ data: unknown }>, args: Args) {
          yield await list(args);
        },
      },
    );
    const github = {
      rest: new Proxy({}, { get: (_, name) => namespace(String(name)) }),
      paginate,
      request,
    };
    return github as unknown as Github;
  };

  return { client, repositories, ledger: ledger as readonly Written[] };
}

/** What Octokit throws for an answer of GitHub. */
function httpError(status: number, message: string): Error {
  return Object.assign(new Error(message), {
    status,
    response: { headers: {}, data: { message } },
  });
}

/** What Octokit throws when GitHub could not be reached, or its answer was lost. */
export function githubUnreachable(): Error {
  return Object.assign(new Error('other side closed'), { status: 500 });
}
