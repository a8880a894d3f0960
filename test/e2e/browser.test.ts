import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBrowser, type TestBrowser, type Visitor } from '../support/browser.ts';
import { fixPrompt, type Running, startRunning } from '../support/e2e.ts';

// A whole product and a browser run here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;
let browser: TestBrowser;
let requester: Visitor;

beforeAll(async () => {
  stack = await startRunning();
  await stack.broken('web-app', 'web-app');
  browser = await startBrowser(stack.github.serverUrl);
  requester = await browser.visitor();
});
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

describe('a person in a browser', () => {
  it('asks on an issue and sees the status become a pull request', async () => {
    const issue = stack.issue('web-app');
    await requester.open(`/acme/web-app/issues/${issue}`);
    await requester.actAs('requester');
    await requester.comment(`/cody ${fixPrompt}`);
    await requester.sees('acme/web-app@main');
    // What somebody types is kept while the page changes around it.
    await requester.page.locator('#body').fill('Thanks');
    await requester.sees('Cody: done');
    expect(await requester.page.locator('#body').inputValue()).toBe('Thanks');
    expect(await requester.page.getByTitle('eyes by cody-batch[bot]').count()).toBe(1);
  });

  it('reads the pull request, its files and its check run', async () => {
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
    expect(requester.problems()).toEqual([]);
  });

  it('may read but not act as somebody without a role', async () => {
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

it('the stand-in saw only what GitHub describes', () => {
  expect(stack.github.violations()).toEqual([]);
});
