import type { Issue, RunningApp } from './running-app.ts';

/** A remark that a person puts on the only changed line. */
export type Remark = Readonly<{ id: number; in_reply_to_id?: number; body: string }>;

/** What people do on a pull request of `acme/web`, and what they see there. */
export type ReviewScene = Readonly<{
  pull: Issue;
  /** Calls GitHub as a person, on a path below the repository. */
  call: (login: string, operation: string, body?: object) => Promise<unknown>;
  /** Submits a review with a remark for each text. */
  review: (login: string, body: string, remarks: readonly string[]) => Promise<void>;
  /** Puts one remark on the line, or answers in a thread; returns its id. */
  remark: (login: string, body: string, thread?: number) => Promise<number>;
  remarks: () => Promise<readonly (Remark & Readonly<{ user: { login: string } }>)[]>;
}>;

/** Opens a pull request that changes one line. */
export async function openPullRequest(running: RunningApp): Promise<ReviewScene> {
  const { github } = running;
  const call: ReviewScene['call'] = async (login, operation, body) => {
    const [method = 'GET', path = ''] = operation.split(' ');
    const answer = await fetch(new URL(`/repos/acme/web/${path}`, github.url), {
      method,
      headers: {
        authorization: `Bearer ${github.userToken(login)}`,
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
        'user-agent': 'a-person',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const tip = (await call('writer', 'GET git/ref/heads/main')) as { object: { sha: string } };
  const parent = tip.object.sha;
  const file = { path: 'README.md', mode: '100644', type: 'blob', content: '# sums\nOf numbers\n' };
  const tree = (await call('writer', 'POST git/trees', { base_tree: parent, tree: [file] })) as Sha;
  const message = 'Say more';
  const commit = { message, tree: tree.sha, parents: [parent] };
  const { sha } = (await call('writer', 'POST git/commits', commit)) as Sha;
  const head = `more-${running.now()}`;
  await call('writer', 'POST git/refs', { ref: `refs/heads/${head}`, sha });
  const opened = (await call('writer', 'POST pulls', { title: 'More', head, base: 'main' })) as {
    number: number;
  };
  const pull = { owner: 'acme', name: 'web', number: opened.number };
  const place = { path: 'README.md', line: 2, side: 'RIGHT' };
  return {
    pull,
    call,
    review: async (login, body, remarks) => {
      const comments = remarks.map((text) => ({ ...place, body: text }));
      await call(login, `POST pulls/${pull.number}/reviews`, { event: 'COMMENT', body, comments });
      await github.settled();
    },
    remark: async (login, body, thread) => {
      const made =
        thread === undefined
          ? await call(login, `POST pulls/${pull.number}/comments`, {
              ...place,
              body,
              commit_id: sha,
            })
          : await call(login, `POST pulls/${pull.number}/comments/${thread}/replies`, { body });
      await github.settled();
      return (made as Remark).id;
    },
    remarks: async () =>
      (await call('writer', `GET pulls/${pull.number}/comments?per_page=100`)) as Awaited<
        ReturnType<ReviewScene['remarks']>
      >,
  };
}

type Sha = Readonly<{ sha: string }>;
