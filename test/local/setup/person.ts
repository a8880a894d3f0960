import { randomUUID } from 'node:crypto';

/** What a browser keeps and does: cookies, forms, and following GitHub back. */
export type Browser = Readonly<{
  get: (url: string, headers?: Record<string, string>, signal?: AbortSignal) => Promise<Page>;
  post: (url: string, fields: Record<string, string>) => Promise<Page>;
}>;

export type Page = Readonly<{ status: number; headers: Headers; text: string }>;

/** A browser with one cookie jar for everything on loopback; redirects are not followed. */
export function createBrowser(): Browser {
  const jar = new Map<string, string>();
  const ask = async (url: string, init: RequestInit): Promise<Page> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...Object.fromEntries(new Headers(init.headers)), cookie };
    const answer = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      jar.set(name, value);
    }
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  return {
    get: (url, headers = {}, signal) => ask(url, { headers, ...(signal ? { signal } : {}) }),
    post: (url, fields) => ask(url, { method: 'POST', body: new URLSearchParams(fields) }),
  };
}

/** The form of the setup page: where it goes, what it sends. */
export function formOf(page: Page) {
  const attribute = (name: string) => {
    const found = new RegExp(`${name}="([^"]*)"`).exec(page.text)?.[1] ?? '';
    return found.replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&#39;', "'");
  };
  const action = attribute('action');
  return {
    action,
    organizationAction: attribute('data-organization'),
    state: new URL(action).searchParams.get('state') ?? '',
    manifest: attribute('name="manifest" value'),
  };
}

/** Presses the button here and on GitHub. Returns the address that GitHub sends the browser back to. */
export async function agree(
  browser: Browser,
  setupUrl: string,
  organization?: string,
): Promise<string> {
  const form = formOf(await browser.get(setupUrl));
  const action =
    organization === undefined
      ? form.action
      : form.organizationAction.replace(':organization', organization);
  const question = await browser.post(action, { manifest: form.manifest });
  if (question.status !== 200) throw new Error(question.text);
  const answer = await browser.post(action.replace(/\/new\?.*$/, ''), {
    manifest: form.manifest,
    state: form.state,
    name: `Cody ${randomUUID().slice(0, 8)}`,
  });
  return answer.headers.get('location') ?? '';
}
