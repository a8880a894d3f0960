import { chromium, type Page } from 'playwright-core';
import { browserNames, findProgram } from './find-program.ts';

/** A browser without a window, and pages of the demo's GitHub in it. */
export type TestBrowser = Readonly<{
  /** Opens a tab in which nobody acts yet, with cookies of its own. */
  visitor: (options?: VisitorOptions) => Promise<Visitor>;
  close: () => Promise<void>;
}>;

type VisitorOptions = Readonly<{
  colorScheme?: 'light' | 'dark';
  /** In CSS pixels. Default 1,100. */
  width?: number;
  /** Whether pages may run their script. Default true. */
  script?: boolean;
}>;

/** A person before the pages of the demo's GitHub. Waits end with an error after 60 s. */
export type Visitor = Readonly<{
  /** The tab itself, for what is not here. */
  page: Page;
  /** Opens a path such as `/acme/web-app/issues/1`. */
  open: (path: string) => Promise<void>;
  /** Chooses who acts, and comes back to the page. */
  actAs: (login: string) => Promise<void>;
  /** Writes a comment under the issue or pull request that is open. */
  comment: (text: string) => Promise<void>;
  /** Presses a button by its exact name. */
  press: (name: string) => Promise<void>;
  /** Follows a link by its exact name inside the text of the comments, or of the whole page without any. */
  follow: (name: string) => Promise<void>;
  /** Waits until the page shows the text, without loading it again by hand. */
  sees: (text: string | RegExp) => Promise<void>;
  /** What the page shows. */
  text: () => Promise<string>;
  /** Problems that the browser reported: errors of scripts, and what the page's policy kept from loading. */
  problems: () => readonly string[];
}>;

const WAIT_MS = 60_000;

/** Starts Chromium or Chrome. Throws when neither is there; `npm test` installs Chromium where it may. */
export async function startBrowser(serverUrl: string): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: browserPath(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    visitor: async ({ colorScheme = 'light', width = 1_100, script = true } = {}) => {
      const context = await browser.newContext({
        baseURL: serverUrl,
        colorScheme,
        viewport: { width, height: 900 },
        javaScriptEnabled: script,
      });
      context.setDefaultTimeout(WAIT_MS);
      return createVisitor(await context.newPage());
    },
    close: () => browser.close(),
  };
}

function createVisitor(page: Page): Visitor {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  return {
    page,
    open: async (path) => {
      await page.goto(path);
    },
    actAs: async (login) => {
      const { pathname } = new URL(page.url());
      await page.goto(`/login?to=${encodeURIComponent(pathname)}`);
      await press(login);
      await page.waitForURL((url) => url.pathname === pathname);
    },
    comment: async (text) => {
      await page.locator('#body').fill(text);
      await press('Comment');
    },
    press,
    follow: (name) => page.getByRole('link', { name, exact: true }).last().click(),
    sees: (text) => page.getByText(text).first().waitFor(),
    text: () => page.locator('main').innerText(),
    problems: () => problems,
  };
}

function browserPath(): string {
  const found = findProgram(browserNames);
  if (found === undefined) throw new Error('Neither Chromium nor Chrome is installed');
  return found;
}
