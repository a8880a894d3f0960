import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';

let running: RunningApp;

beforeAll(async () => {
  running = await startRunningApp();
});
afterAll(async () => {
  await running.close();
});

const nobody = 'http://127.0.0.1:9/';

it('asks for a delivery again that failed, until it arrives, and handles it once', async () => {
  const { github, app } = running;
  await app.sweep();
  github.setWebhookUrl(nobody);
  const issue = running.issue('acme', 'web');
  await running.comment(issue, 'requester', '/cody Fix it');
  const [first] = github.deliveries().filter(({ event }) => event === 'issue_comment');
  const failures = () => github.deliveries().filter(({ guid }) => guid === first!.guid);

  await Promise.all([app.sweep(), app.sweep()]);
  await github.settled();
  // Once, although two looked; and it has failed again.
  expect(failures()).toHaveLength(2);
  await app.sweep();
  await github.settled();
  expect(failures()).toHaveLength(2);

  github.setWebhookUrl(running.front);
  running.pass(3 * 60_000);
  await app.sweep();
  await github.settled();
  expect(failures().map(({ statusCode }) => statusCode)).toEqual([502, 502, 202]);
  expect(await running.pump()).toEqual([]);
  expect(await running.requestOf(issue)).toBeDefined();

  running.pass(3_600_000);
  await app.sweep();
  await github.settled();
  expect(failures()).toHaveLength(3);
  expect(github.violations()).toEqual([]);
});
