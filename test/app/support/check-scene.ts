import { createHmac, randomUUID } from 'node:crypto';
import type { CheckRun } from '../../../local/standin/github/check.ts';
import { openPullRequest, type ReviewScene } from './review.ts';
import { type RunningApp, webhookSecret } from './running-app.ts';

/** A check run as people and programs see it. */
export type Check = Readonly<{
  id: number;
  name: string;
  status: string;
  conclusion: string;
  output: Readonly<{ title: string; summary: string }>;
}>;

/** A pull request with a check run with buttons, and what people do with it. */
export type CheckScene = Readonly<{
  pull: ReviewScene['pull'];
  head: string;
  /** Our check runs on the first head, or on another commit. */
  checks: () => Promise<readonly Check[]>;
  checksOf: (sha: string) => Promise<readonly Check[]>;
  suites: () => Promise<readonly unknown[]>;
  buttons: () => CheckRun['actions'];
  button: (label: string) => CheckRun['actions'][number];
  press: (login: string, label: string) => Promise<void>;
  /** Sends a press that the page does not offer: a recorded one with changes. */
  forge: (login: string, change: object) => Promise<void>;
  rerun: (login: string) => Promise<void>;
  rerunAll: (login: string) => Promise<void>;
  /** Ends a job of a workflow red. */
  fail: (job: string) => Promise<void>;
  /** Pushes another commit to the pull request. */
  push: () => Promise<void>;
  /** Delivers the latest event of a kind again. */
  redeliver: (event: string) => Promise<void>;
}>;

const file = `prompts:
  tests:
    prompt: Make the tests pass.
    button: true
  docs:
    prompt: Update the docs.
    button: Docs
  hidden: Not on a button.
`;

type Json = Record<string, unknown>;

/** Opens a pull request in `acme/web`, whose file names two prompts with buttons. */
export async function openCheckScene(running: RunningApp): Promise<CheckScene> {
  const { github } = running;
  await saveFile(running);
  const { pull, call } = await openPullRequest(running);
  const { owner, name } = pull;
  const settle = async () => {
    await github.settled();
    const errors = await running.pump();
    if (errors.length > 0) throw new AggregateError(errors);
  };
  await settle();
  const opened = (await call('writer', `GET pulls/${pull.number}`)) as {
    head: { sha: string; ref: string };
  };
  const head = opened.head.sha;
  const checksOf = async (sha: string) => {
    const found = await call('writer', `GET commits/${sha}/check-runs`);
    const all = (found as { check_runs: readonly (Check & { app: { slug: string } })[] })
      .check_runs;
    return all.filter(({ app }) => app.slug === 'cody');
  };
  const [made] = await checksOf(head);
  if (!made) throw new Error('There is no check run');
  const on = { owner, name, checkRunId: made.id };
  const buttons = () => github.shownButtons(on);
  const button = (label: string) => {
    const found = buttons().find((one) => one.label === label);
    if (!found) throw new Error(`No button ${label}`);
    return found;
  };
  return {
    pull,
    head,
    buttons,
    button,
    checksOf,
    checks: () => checksOf(head),
    suites: async () => {
      const found = await call('writer', `GET commits/${head}/check-suites`);
      const all = (found as { check_suites: readonly { app: { slug: string } }[] }).check_suites;
      return all.filter(({ app }) => app.slug === 'cody');
    },
    press: async (login, label) => {
      await github.pressButton({ ...on, login, identifier: button(label).identifier });
      await settle();
    },
    forge: async (login, change) => {
      const person = (await call(login, 'GET ../../../user')) as Json;
      const shown = (await call('writer', `GET check-runs/${made.id}`)) as Json;
      await send(running, 'check_run', {
        ...merged(
          {
            action: 'requested_action',
            installation: { id: running.installationId },
            repository: await call('writer', 'GET ../web'),
            check_run: shown,
            sender: person,
          },
          change,
        ),
      });
      await settle();
    },
    rerun: async (login) => {
      await github.rerequest({ ...on, login });
      await settle();
    },
    rerunAll: async (login) => {
      await github.rerequestSuite({ ...on, login });
      await settle();
    },
    fail: async (job) => {
      await github.endJob({ owner, name, sha: head, job, conclusion: 'failure', log: '' });
      await settle();
    },
    push: async () => {
      const parent = head;
      const content = '# sums\nOf whole numbers\n';
      const entry = { path: 'README.md', mode: '100644', type: 'blob', content };
      const tree = (await call('writer', 'POST git/trees', {
        base_tree: parent,
        tree: [entry],
      })) as { sha: string };
      const commit = { message: 'More', tree: tree.sha, parents: [parent] };
      const { sha } = (await call('writer', 'POST git/commits', commit)) as { sha: string };
      await call('writer', `PATCH git/refs/heads/${opened.head.ref}`, { sha });
      await settle();
    },
    redeliver: async (event) => {
      const last = github.deliveries().findLast((one) => one.event === event);
      if (last) await github.redeliver(last.id);
      await settle();
    },
  };
}

/** Puts the file on the default branch, once. */
async function saveFile(running: RunningApp): Promise<void> {
  const { github } = running;
  const call = async (operation: string, body?: object) => {
    const [method = '', path = ''] = operation.split(' ');
    const answer = await fetch(new URL(`/repos/acme/web/${path}`, github.url), {
      method,
      headers: {
        authorization: `Bearer ${github.userToken('writer')}`,
        'content-type': 'application/json',
        'user-agent': 'a-person',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as { sha: string; object: { sha: string } };
  };
  const parent = (await call('GET git/ref/heads/main')).object.sha;
  const tree = await call('POST git/trees', {
    base_tree: parent,
    tree: [{ path: '.github/cody.yml', mode: '100644', type: 'blob', content: file }],
  });
  const { sha } = await call('POST git/commits', {
    message: 'Name prompts',
    tree: tree.sha,
    parents: [parent],
  });
  await call('PATCH git/refs/heads/main', { sha });
}

function merged(base: object, change: object): Json {
  const result: Json = { ...base };
  for (const [name, value] of Object.entries(change)) {
    const known = result[name];
    const both = typeof known === 'object' && known !== null && typeof value === 'object';
    result[name] = both ? merged(known, value) : value;
  }
  return result;
}

async function send({ front }: RunningApp, event: string, payload: object): Promise<void> {
  const body = JSON.stringify(payload);
  const digest = createHmac('sha256', webhookSecret).update(body).digest('hex');
  const answer = await fetch(front, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${digest}`,
    },
    body,
  });
  if (answer.status !== 202) throw new Error(`${event}: ${answer.status}`);
}
