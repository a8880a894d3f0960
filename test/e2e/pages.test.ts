import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runProcess } from '../../core/process.ts';
import { accessibilityProblems } from '../support/accessibility.ts';
import { startBrowser, type TestBrowser, type Visitor } from '../support/browser.ts';
import { childEnv } from '../support/child-env.ts';
import { fixPrompt, type Running, startRunning } from '../support/e2e.ts';

// A whole product and a browser run here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

/** Where pictures of the pages go, if anybody wants to look at them. */
const pictures = process.env['CODY_PICTURES'];

let stack: Running;
let browser: TestBrowser;
let requester: Visitor;
let page: Page;
/** The model goes on with these repositories only when it is let. */
const held = { 'web-app': true, stopped: true };

beforeAll(async () => {
  // The agent waits for a busy model, so that it can be watched while it does.
  stack = await startRunning({ CODY_MODEL_RETRY_MS: '90000' });
  await stack.broken('web-app', 'web-app');
  await stack.broken('billing-service', 'billing-service');
  await stack.broken('stopped', 'web-app');
  stack.model?.faults.add({
    type: 'status',
    status: 529,
    retryAfter: 1,
    times: 1_000,
    when: ({ body }) => {
      const text = JSON.stringify(body);
      const begun = text.includes('"role":"assistant"');
      return (
        (held['web-app'] && begun && text.includes('acme/web-app')) ||
        (held.stopped && text.includes('acme/stopped'))
      );
    },
  });
  browser = await startBrowser(stack.server.url);
  requester = await browser.visitor();
  page = requester.page;
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

/** Looks at a page with axe, in light, dark and as wide as a phone, and takes pictures where they are wanted. */
async function looksGood(name: string): Promise<void> {
  const wide = page.viewportSize() ?? { width: 1_100, height: 900 };
  expect([name, await accessibilityProblems(page)]).toEqual([name, []]);
  await shoot(`${name}-light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  const contrast = await accessibilityProblems(page, ['color-contrast']);
  expect([name, 'dark', contrast]).toEqual([name, 'dark', []]);
  await shoot(`${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 390, height: 844 });
  const narrow = await accessibilityProblems(page, narrowRules);
  expect([name, 'phone', narrow]).toEqual([name, 'phone', []]);
  const sideways = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
  expect([name, 'phone', await page.evaluate(sideways)]).toEqual([name, 'phone', false]);
  await shoot(`${name}-phone`);
  await page.setViewportSize(wide);
}

/** What another width can break. */
const narrowRules = ['scrollable-region-focusable', 'target-size', 'aria-required-children'];

/** What the browser reported. It also reports the status of pages that say what is wrong, as they should. */
function problems(): readonly string[] {
  return requester.problems().filter((text) => !/status of 4(?:01|04|22)/.test(text));
}

async function shoot(name: string): Promise<void> {
  if (pictures === undefined) return;
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function git(...args: string[]): Promise<void> {
  const env = { ...childEnv, GIT_TERMINAL_PROMPT: '0' };
  const result = await runProcess({ command: 'git', args, env });
  expect([args, result.exitCode]).toEqual([args, 0]);
}

async function start(prompt: string, repositories: readonly string[]): Promise<string> {
  await requester.open('/new');
  await page.locator('#prompt').fill(prompt);
  for (const name of repositories)
    await page.getByRole('checkbox', { name: `acme/${name}` }).check();
  await requester.press('Start the request');
  await page.waitForURL('**/requests/*');
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

describe('a person on the pages', () => {
  let request = '';

  it('signs in and finds nothing yet', async () => {
    await requester.open('/usage?days=14');
    await looksGood('sign-in');
    await requester.follow('Sign in with GitHub');
    await requester.follow('Choose who you are');
    await requester.press('requester');
    await requester.press('Authorize as requester');
    await page.waitForURL('**/usage?days=14');
    await requester.follow('Board');
    await requester.sees('No requests yet');
    await looksGood('board-empty');
    await requester.open('/jobs/0123456789-1');
    await requester.sees('There is nothing here, or you may not see it.');
    await looksGood('not-found');
    expect(problems()).toEqual([]);
  });

  it('is told what is missing, and keeps what was filled in', async () => {
    await requester.open('/new');
    await looksGood('new');
    await page.locator('#prompt').fill(fixPrompt);
    await requester.press('Start the request');
    await requester.sees('Choose at least one repository.');
    expect(await page.locator('#prompt').inputValue()).toBe(fixPrompt);
    await looksGood('new-refused');
    await page.getByRole('checkbox', { name: 'acme/web-app' }).check();
    await page.getByLabel('Base branch in acme/web-app').fill('main');
    await looksGood('new-chosen');
  });

  it('starts a request on two repositories and watches it live', async () => {
    request = await start(fixPrompt, ['web-app', 'billing-service']);
    await requester.sees('running');
    await looksGood('request-running');
    await page.getByRole('link', { name: 'acme/web-app@main' }).click();
    // The first turn comes out of the journal, while the model is busy with the next one.
    await page.locator('#turn-1').waitFor();
    await looksGood('job-running');
    held['web-app'] = false;
    await requester.sees('Download the patch');
    await page.locator('.result h2').waitFor();
    await requester.open('/');
    await page.locator('.board').getByText('succeeded').waitFor();
  });

  it('reads the thread, finds a word in it, and goes to a turn', async () => {
    await requester.open(`/requests/${request}`);
    await looksGood('request');
    await requester.open(`/jobs/${request}-1`);
    const turn = page.locator('#turn-2 > details');
    await turn.locator('> summary').click();
    expect(await turn.getAttribute('open')).not.toBeNull();
    await looksGood('job');
    await page.getByPlaceholder('Search the thread').fill('duration');
    await requester.press('Search');
    await page.locator('.found a').first().click();
    await page.waitForURL('**?turn=*');
    const opened = page.locator(new URL(page.url()).hash).locator('> details');
    expect(await opened.getAttribute('open')).not.toBeNull();
    await requester.follow('Unfold all');
    await looksGood('job-unfolded');
  });

  it('reads the changes, downloads the patch, and applies it', async () => {
    await requester.open(`/jobs/${request}-1`);
    await requester.follow('Changes');
    await requester.sees('src/format/duration.ts');
    await looksGood('changes');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      requester.follow('Download the patch'),
    ]);
    const dir = await mkdtemp(join(stack.dataDir, 'apply-'));
    const patch = join(dir, 'change.patch');
    await download.saveAs(patch);
    expect(download.suggestedFilename()).toBe(`web-app-${request}-1.patch`);
    const clone = join(dir, 'clone');
    await git('clone', '--quiet', stack.github.gitUrl('acme', 'web-app'), clone);
    await git('-C', clone, 'apply', patch);
    expect(await readFile(join(clone, 'src/format/duration.ts'), 'utf8')).toContain(' h');
  });

  it('cancels another one', async () => {
    await start('Mention the unit in the README.', ['stopped']);
    await requester.sees('running');
    await requester.press('Cancel');
    await page.locator('#summary').getByText('cancelled').waitFor();
    await looksGood('request-cancelled');
    await requester.open('/');
    await page.locator('.board tr').nth(2).waitFor();
    await looksGood('board');
  });

  it('sees what it cost', async () => {
    await requester.follow('Usage');
    await requester.sees('By repository');
    expect(await requester.text()).toContain('acme/billing-service');
    await looksGood('usage');
    expect(problems()).toEqual([]);
  });

  it('may do the same without script', async () => {
    const plain = await browser.visitor({ script: false });
    await plain.page.context().addCookies(await page.context().cookies());
    await plain.open('/?state=cancelled');
    await plain.follow('Mention the unit in the README.');
    await plain.press('Retry');
    await plain.page.waitForURL((url) => url.pathname.startsWith('/requests/'));
    await plain.press('Cancel');
    await plain.page
      .locator('#summary')
      .getByText('cancelled')
      .or(plain.page.getByText('stopping'))
      .first()
      .waitFor();
    expect(await plain.text()).toContain('Goes on with');
  });
});
