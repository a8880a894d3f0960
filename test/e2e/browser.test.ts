import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBrowser, type TestBrowser, type Visitor } from '../support/browser.ts';
import { fixPrompt, type Running, startRunning } from '../support/e2e.ts';

// A whole product and a browser run here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;
let browser: TestBrowser;
/** The model answers nothing about this repository until somebody has cancelled. */
const stopped = { name: 'stopped', isHeld: true };

beforeAll(async () => {
  // The agent waits for a busy model until somebody cancels, however slow the browser is.
  stack = await startRunning({ CODY_MODEL_RETRY_MS: '90000' });
  await Promise.all(
    ['web-app', 'planned', stopped.name].map((name) => stack.broken(name, 'web-app')),
  );
  stack.model?.faults.add({
    type: 'status',
    status: 529,
    retryAfter: 1,
    times: 1_000,
    when: ({ body }) => stopped.isHeld && JSON.stringify(body).includes(`acme/${stopped.name}`),
  });
  browser = await startBrowser(stack.github.serverUrl);
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

/** Somebody with write access before a new issue. */
async function requesterAt(name: string): Promise<Visitor> {
  const visitor = await browser.visitor();
  await visitor.open(`/acme/${name}/issues/${stack.issue(name)}`);
  await visitor.actAs('requester');
  return visitor;
}

/** The steps of one walk follow each other; the walks go on at the same time, in repositories of their own. */
const inOrder = { concurrent: false };

describe.concurrent('a person who asks', () => {
  let requester: Visitor;
  beforeAll(async () => {
    requester = await requesterAt('web-app');
  });

  it('sees the status become a pull request', inOrder, async () => {
    await requester.comment(`/cody ${fixPrompt}`);
    await requester.sees('acme/web-app@main');
    // What somebody types is kept while the page changes around it.
    await requester.page.locator('#body').fill('Thanks');
    await requester.sees('Cody: done');
    expect(await requester.page.locator('#body').inputValue()).toBe('Thanks');
    expect(await requester.page.getByTitle('eyes by cody-batch[bot]').count()).toBe(1);
  });

  it('reads the pull request, its files and its check run', inOrder, async () => {
    const { page } = requester;
    await requester.follow('#2');
    await page.waitForURL('**/acme/web-app/pull/2');
    const conversation = await requester.text();
    expect(conversation).toContain('This can be merged into main.');
    expect(conversation).toContain('Checks of');

    await requester.follow('Files changed 1');
    await requester.sees('src/format/duration.ts');
    expect(await page.locator('.diff .added').count()).toBeGreaterThan(0);
    await page
      .getByRole('link', { name: 'Comment on new line 6 of src/format/duration.ts' })
      .click();
    expect(await requester.text()).toContain('Comment on line 6 as requester');

    await requester.follow('Checks');
    await requester.follow('Cody');
    const thread = page.locator('.markdown details').first();
    await thread.locator('summary').click();
    expect(await thread.getAttribute('open')).not.toBeNull();
    expect(await requester.text()).toContain('Final answer');
  });

  it('goes on in the pull request and sees a second commit', inOrder, async () => {
    await requester.open('/acme/web-app/pull/2');
    await requester.comment('/cody Also mention the unit in the README.');
    await requester.sees('The pull request is updated.');
    await requester.open('/acme/web-app/pull/2');
    await requester.follow('Commits 2');
    await requester.sees('Mention the unit in the README');
    await requester.follow('Files changed 2');
    await requester.sees('Durations are whole minutes.');
    expect(requester.problems()).toEqual([]);
  });

  it('may read but not act as somebody without a role', inOrder, async () => {
    const outsider = await browser.visitor({ colorScheme: 'dark', width: 390 });
    await outsider.open('/acme/web-app/pull/2');
    await outsider.actAs('outsider');
    expect(await outsider.text()).toContain('Merging needs write access.');
    const sideways = await outsider.page.evaluate('document.documentElement.scrollWidth');
    expect(sideways).toBe(390);
    await outsider.open('/acme/web-app/checks');
    await outsider.follow('Cody');
    expect(await outsider.page.getByRole('button').count()).toBe(0);
  });
});

describe.concurrent('a person who plans first', () => {
  let requester: Visitor;
  beforeAll(async () => {
    requester = await requesterAt('planned');
  });

  it('copies the command under the plan and sees it carried out', inOrder, async () => {
    await requester.comment(`/cody --plan ${fixPrompt}`);
    await requester.sees('To have it carried out, comment:');
    expect(await requester.text()).toContain('Run the tests again after each change.');
    const approve = requester.page.locator('pre', { hasText: '/cody approve' });
    await requester.comment(await approve.innerText());
    await requester.sees('The pull request is ready.');
  });

  it('remarks on a line of the change and reads the answer in its thread', inOrder, async () => {
    const { page } = requester;
    await requester.open('/acme/planned/pull/2/files');
    await page
      .getByRole('link', { name: 'Comment on new line 6 of src/format/duration.ts' })
      .click();
    await page.locator('#remark-body').fill('/cody Where is formatDuration declared?');
    await requester.press('Comment now');
    await requester.open('/acme/planned/pull/2');
    const thread = page.locator('.remarks', { hasText: 'Where is formatDuration declared?' });
    await thread.getByText('src/format/duration.ts:2').waitFor();
    expect(await thread.innerText()).toContain('cody-batch bot answered');
    expect(requester.problems()).toEqual([]);
  });
});

describe.concurrent('a person who changes their mind', () => {
  let requester: Visitor;
  beforeAll(async () => {
    requester = await requesterAt(stopped.name);
  });

  it('cancels what is running and sees it stopped', inOrder, async () => {
    await requester.comment('/cody Mention the unit in the README.');
    await requester.sees('running,');
    await requester.comment('/cody cancel');
    await requester.sees('is being stopped');
    await requester.sees('The request was cancelled.');
    await requester.sees('Cody: cancelled');
  });

  it('runs it again', inOrder, async () => {
    stopped.isHeld = false;
    await requester.comment('/cody retry');
    await requester.sees('Cody: done');
    await requester.follow('#2');
    await requester.page.waitForURL(`**/acme/${stopped.name}/pull/2`);
    await requester.sees('README.md says now: Durations are whole minutes.');
  });

  it('presses "Run prompt" on the check run of the pull request', inOrder, async () => {
    await requester.sees('Cody prompts');
    await requester.follow('Cody prompts');
    await requester.press('Run prompt');
    await requester.sees('requester started request');
    await requester.follow('#2');
    await requester.sees('The answer is below.');
    expect(await requester.text()).toContain('I changed nothing: README.md says it already.');
    expect(requester.problems()).toEqual([]);
  });
});

it('the stand-in saw only what GitHub describes', () => {
  expect(stack.github.violations()).toEqual([]);
});
