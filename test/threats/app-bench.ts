import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Job } from '../../core/job.ts';
import { earliestStart, PacingState } from '../../core/store/pacing-state.ts';
import { keys } from '../../core/store/table-schema.ts';
import { type CheckScene, openCheckScene } from '../app/support/check-scene.ts';
import { type RunningApp, startRunningApp, webhookSecret } from '../app/support/running-app.ts';
import type { LedgerEntry } from '../../local/standin/github/pipeline.ts';
import { canaries } from './canaries.ts';
import { createLeakFinder } from './oracle/leaks.ts';

/** What the App did while something was played. */
export type Seen = Readonly<{
  /** Jobs that there were not before. */
  jobs: readonly Job[];
  /** Its writes on GitHub. */
  writes: readonly LedgerEntry[];
  /** Everything that it wrote or logged, as text. */
  left: string;
  leaks: readonly string[];
  /** What messages of the queues ended with; they would come again. */
  errors: readonly string[];
}>;

/** The App on real engines, and who plays against it. */
export type AppBench = Readonly<{
  running: RunningApp;
  observe: (work: () => Promise<void>) => Promise<Seen>;
  /** While something is observed: the jobs that started by now were to start. */
  forget: () => Promise<void>;
  /** The payload of a command as GitHub sends it. */
  payload: (change?: object) => Promise<object>;
  /** Sends bytes to the door of webhooks; returns the status. */
  send: (body: Uint8Array | string, headers?: Headers | Record<string, string>) => Promise<number>;
  signature: (body: Uint8Array | string, secret?: string) => string;
  /** A pull request with buttons, opened when it is first asked for. */
  buttons: () => Promise<CheckScene>;
  close: () => Promise<void>;
}>;

/** All that a case may spend does not keep the next one from starting. */
const policy =
  'budget:\n  user_day: 100000\n  installation_month: 100000\nconcurrency:\n  global: 1\nbots: [888100, 888101]\n';

/** Bots that the operator lists: one that may write, and one that may not. */
function seedBots({ github: { seed } }: RunningApp): void {
  seed.user({ login: 'listed[bot]', id: 888_100 });
  seed.user({ login: 'reading[bot]', id: 888_101 });
  const collaborators = { 'listed[bot]': 'write', 'reading[bot]': 'read' } as const;
  for (const name of ['web', 'one']) seed.updateRepository({ owner: 'acme', name, collaborators });
}

/** The limits of the App under test, whose minute is a second, without what one case may write. */
const room = { contentPerMinute: 60, contentPerHour: 420, minuteMs: 1_000, distanceMs: 0 } as const;

/** Waits as the product would: for a pause that GitHub asked for in the last case, and for room to write. */
async function untilRoom({ table, installationId }: RunningApp): Promise<void> {
  const state = PacingState.parse((await table.get(keys.pacing(installationId))) ?? {});
  const now = Date.now();
  const wish = { content: true, urgency: 'low' } as const;
  await sleep(earliestStart(state, { wish, limits: room, now }) - now);
}

/** Starts one App for all cases of the entry points that it has. */
export async function startAppBench(): Promise<AppBench> {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const folder = await mkdtemp(join(tmpdir(), 'cody-threats-'));
  const policyFile = join(folder, 'policy.yml');
  await writeFile(policyFile, policy);
  const running = await startRunningApp(policyFile, { log, endedWorkers: true, keepBodies: true });
  seedBots(running);
  const find = createLeakFinder({
    ...canaries,
    webhook_secret: webhookSecret,
    app_key: running.privateKey.replaceAll(/-----[^-]+-----|\s/g, '').slice(40, 200),
    model_key: 'a key for the model',
  });
  const late: { buttons?: Promise<CheckScene> } = {};
  const jobsNow = async () =>
    [...(await running.jobs.queued(5_000)), ...(await running.jobs.active(5_000))].filter(Boolean);
  const known = new Set<string>();
  const forget = async () => {
    for (const { id } of await jobsNow()) known.add(id);
  };
  const observe: AppBench['observe'] = async (work) => {
    running.pass(2_000);
    await untilRoom(running);
    await running.pump();
    known.clear();
    await forget();
    const [request, line] = [running.github.requests().length, lines.length];
    await work();
    await running.github.settled();
    const errors = await running.pump();
    const writes = running.github
      .requests()
      .slice(request)
      .filter(({ method, principal }) => method !== 'GET' && principal.type === 'installation');
    const left = JSON.stringify(writes) + lines.slice(line).join('');
    const jobs = (await jobsNow()).filter(({ id }) => !known.has(id));
    return { jobs, writes, left, leaks: find(left), errors: errors.map(String) };
  };
  return {
    running,
    observe,
    forget,
    signature,
    payload: async (change = {}) => merged(await commandPayload(running), change),
    send: async (body, headers) => {
      const answer = await fetch(running.front, {
        method: 'POST',
        headers: headers ?? {
          'content-type': 'application/json',
          'x-github-event': 'issue_comment',
          'x-github-delivery': randomUUID(),
          'x-hub-signature-256': signature(body),
        },
        body: typeof body === 'string' ? body : Buffer.from(body),
      });
      await answer.arrayBuffer();
      return answer.status;
    },
    buttons: () => (late.buttons ??= openCheckScene(running)),
    close: async () => {
      await running.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let comments = 9_000_000;

async function commandPayload(running: RunningApp): Promise<object> {
  const ask = async (path: string) => {
    const answer = await fetch(new URL(path, running.github.url), {
      headers: {
        authorization: `Bearer ${running.github.userToken('requester')}`,
        'user-agent': 'a-person',
      },
    });
    return (await answer.json()) as { id: number; owner?: object };
  };
  const repository = await ask('/repos/acme/web');
  const { number } = running.issue('acme', 'web');
  comments += 1;
  const url = `${running.github.serverUrl}/acme/web/issues/${number}`;
  return {
    action: 'created',
    installation: { id: running.installationId },
    repository,
    sender: { id: 4242, login: 'requester', type: 'User' },
    issue: {
      number,
      title: 'Sums are wrong',
      body: 'sum(1, 2) gives -1',
      html_url: url,
      user: { login: 'requester' },
    },
    comment: {
      id: comments,
      html_url: `${url}#issuecomment-${comments}`,
      body: '/cody Fix the sums',
      created_at: new Date(running.now()).toISOString(),
      performed_via_github_app: null,
      user: { id: 4242, login: 'requester', type: 'User' },
      author_association: 'OWNER',
    },
  };
}

/** Objects into objects; everything else in place of what stood there. */
export function merged(base: object, change: object): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(change)) {
    const known = result[name];
    const both =
      typeof known === 'object' && known !== null && typeof value === 'object' && value !== null;
    result[name] = both && !Array.isArray(value) ? merged(known, value) : value;
  }
  return result;
}

function signature(body: Uint8Array | string, secret = webhookSecret): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
