import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CheckRunEvent,
  CheckSuiteEvent,
  sortCheckRun,
  sortCheckSuite,
} from '../../../../app/accept/event/check-event.ts';
import { PullRequestEvent, screenPullRequest } from '../../../../app/accept/event/pull-request.ts';
import { screenPress } from '../../../../app/accept/event/screen-press.ts';
import { screenRerun } from '../../../../app/accept/event/screen-rerun.ts';
import type { Screened } from '../../../../app/accept/order.ts';
import type { Command } from '../../../../core/command.ts';
import type { Job } from '../../../../core/job.ts';
import type { Button } from '../../../../core/store/buttons.ts';
import { exampleJobs, exampleRequest } from '../../../support/job.ts';

/*
 * Each fixture changes a payload that GitHub has sent, and says what is stored of the button. Our App has the id 1.
 */

type Json = { [key: string]: unknown };
type Fixture = Readonly<{
  /** The action of the recorded payload. */
  recorded: string;
  change: Json;
  accounts?: readonly number[];
  stored?: Readonly<{ button?: Partial<Button>; used?: boolean; pull?: Json; command?: Command }>;
  /** A decision, `order`, `head` for the head of the event, or words that stand in the check run. */
  screened: Json | string;
}>;

const folder = new URL('../../../fixtures/check-events', import.meta.url).pathname;
const { resolve } = createRequire(import.meta.url);
const recordings = resolve('@octokit/webhooks-examples/api.github.com/index.json');
const examples = JSON.parse(readFileSync(recordings, 'utf8')) as readonly {
  name: string;
  examples: readonly Json[];
}[];

function recorded(event: string, action: string): Json {
  const all = examples.find(({ name }) => name === event)?.examples ?? [];
  const found = all.find((one) => 'installation' in one && one['action'] === action);
  if (!found) throw new Error(`GitHub's examples hold no ${event} that is ${action}`);
  return found;
}

function changed(base: unknown, change: unknown): unknown {
  if (typeof base !== 'object' || base === null || Array.isArray(base)) return change;
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
  const merged: Json = { ...base };
  for (const [name, value] of Object.entries(change)) merged[name] = changed(merged[name], value);
  return merged;
}

const command: Command = {
  type: 'prompt',
  prompt: 'Make the tests pass.',
  repositories: [],
  open_pull_request: true,
};

function press(event: CheckRunEvent, identifier: string, stored: NonNullable<Fixture['stored']>) {
  const { check_run, repository, installation } = event;
  const pointer = { key: 'command/00/0', sha256: '0'.repeat(64), bytes: 1 };
  const button: Button | undefined = stored.button && {
    type: 'button',
    nonce: identifier,
    installation_id: installation.id,
    repository_id: repository.id,
    pull_request: 26764,
    head_sha: check_run.head_sha,
    check_run_id: check_run.id,
    action: { type: 'fix' },
    command: pointer,
    created_at: 1,
    expires_at: 2,
    ...stored.button,
  };
  const pull = {
    number: 26764,
    title: 'Sums',
    body: '',
    url: 'https://github.example/acme/web/pull/26764',
    author: 'requester',
    open: true,
    merged: false,
    draft: false,
    head: { repository_id: repository.id, branch: 'sums', sha: check_run.head_sha },
    base: { branch: 'main' },
  };
  return screenPress({
    event,
    identifier,
    button,
    used: stored.used ?? false,
    pull: changed(pull, stored.pull ?? {}) as typeof pull,
    command: stored.command ?? command,
  });
}

function screen(event: string, { recorded: action, change, accounts, stored }: Fixture): unknown {
  const payload = changed(recorded(event, action), change);
  const served = { appId: 1, accounts };
  if (event === 'pull_request') return screenPullRequest(PullRequestEvent.parse(payload), accounts);
  if (event === 'check_suite') return sortCheckSuite(CheckSuiteEvent.parse(payload), served);
  const run = CheckRunEvent.parse(payload);
  const sorted = sortCheckRun(run, served);
  return sorted.type === 'pressed' ? press(run, sorted.identifier, stored ?? {}) : sorted;
}

describe.each(readdirSync(folder))('GitHub sends %s and the App', (event) => {
  it.each(readdirSync(join(folder, event)))('%s', (file) => {
    const fixture = JSON.parse(readFileSync(join(folder, event, file), 'utf8')) as Fixture;
    const found = screen(event, fixture);
    if (typeof fixture.screened === 'object') expect(found).toEqual(fixture.screened);
    else if (fixture.screened === 'order')
      expect(found).toMatchObject({
        type: 'order',
        order: {
          key: 'button:1494503112:abcdefghijklmnop',
          source: { type: 'button', pull_request: 26764, issue_number: 26764 },
          parsed: { type: 'command', command: fixture.stored?.command ?? command },
        },
      });
    else if (fixture.screened === 'head')
      expect(found).toMatchObject({
        type: 'prompts_check',
        wanted: { head_sha: expect.stringMatching(/^[0-9a-f]{40}$/), pull_request: 2 },
      });
    else
      expect(found).toMatchObject({
        type: 'prompts_check',
        wanted: { note: expect.stringContaining(fixture.screened) },
      });
  });
});

describe('"Re-run" on the check run with a thread', () => {
  const sent = CheckRunEvent.parse(recorded('check_run', 'rerequested'));
  const now = { name: 'web-app', private: true, owner: { id: 1, login: 'acme' } };
  const event = { ...sent, repository: { ...sent.repository, ...now } };
  const { id } = event.check_run;
  const request = exampleRequest();
  const repository = { id: event.repository.id, owner: 'acme', name: 'web-app', private: true };
  const [job] = exampleJobs(request, { repository, check_run: { id, url: '' } });

  const rerun = (change: Partial<Job>, { of = request, hidden = true } = {}): Screened =>
    screenRerun({
      event: { ...event, repository: { ...event.repository, private: hidden } },
      job: job && { ...job, ...change },
      request: of,
      prompt: { ...command },
      context: {},
    });
  const pull = { number: 7, url: '', draft: false, head_sha: 'a'.repeat(40), files: 1 };

  it('retries a job that failed, from where it was asked for', () => {
    expect(rerun({ state: 'failed' })).toMatchObject({
      order: {
        key: `rerequested:${id}:${event.check_run.completed_at}`,
        source: { type: 'button', issue_number: 3, repository: { id: 1 } },
        parsed: { command: { type: 'retry', id: request.id, repository: { name: 'web-app' } } },
      },
    });
  });

  it('runs the prompt again on the pull request that came of it', () => {
    expect(rerun({ state: 'pull_request', pull_request: pull })).toMatchObject({
      order: { source: { issue_number: 7, pull_request: 7 }, parsed: { command } },
    });
  });

  it('runs the prompt again on the branch that it was for, where nothing came of it', () => {
    expect(rerun({ state: 'answered', base_branch: 'release' })).toMatchObject({
      order: {
        source: { issue_number: 3 },
        parsed: {
          command: { repositories: [{ owner: 'acme', name: 'web-app', branch: 'release' }] },
        },
      },
    });
  });

  it('keeps the prompt of a private place out of a pull request that is public now', () => {
    const publicly = { hidden: false };
    expect(rerun({ state: 'pull_request', pull_request: pull }, publicly)).toMatchObject({
      order: {
        source: { issue_number: 3, repository: { private: true } },
        parsed: { command: { repositories: [{ owner: 'acme', name: 'web-app', branch: 'main' }] } },
      },
    });
  });

  it('knows that the place of the request has become public', () => {
    const source = { ...request.source, repository };
    const of = { ...request, source };
    expect(rerun({ state: 'failed' }, { of, hidden: false })).toMatchObject({
      order: { source: { repository: { id: repository.id, private: false } } },
    });
  });

  it.each([
    ['goes on', { state: 'running' as const }, 'the job goes on'],
    ['has another check run', { check_run: { id: 5, url: '' } }, 'the check run of another job'],
    [
      'is of another repository',
      { repository: { ...repository, id: 5 } },
      'the check run of another job',
    ],
  ])('is ignored when the job %s', (_, change, reason) => {
    expect(rerun({ state: 'failed', ...change })).toEqual({ type: 'ignore', reason });
  });
});
