import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Running, startRunning } from './running-standin.ts';

let running: Running;

beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const log = { name: 'run.log', bytes: Buffer.from('it broke'), type: 'text/plain' };
const image = { name: 'a.png', bytes: Buffer.from('grey'), type: 'image/png' };

/** The address of the image in a new issue, as an App is shown it. */
async function signed(address: string): Promise<string> {
  const token = await running.token();
  const { body } = await running.call('POST /repos/acme/web/issues', {
    token: running.person('reader'),
    body: { title: 'Broken', body: `<!-- x --><img alt="x" src="${address}"> & more` },
  });
  const { number } = body as { number: number };
  const accept = 'application/vnd.github.full+json';
  const full = await running.call(`GET /repos/acme/web/issues/${number}`, {
    token,
    headers: { accept },
  });
  const { body_html: html } = full.body as { body_html: string };
  expect(html).not.toContain('<!--');
  return /<img src="([^"]+)"/.exec(html)?.[1] ?? '';
}

it('serves an image once within a minute, and to nobody who sends a credential', async () => {
  const address = running.standin.attach(image);
  expect((await fetch(address)).status).toBe(404);
  const url = await signed(address);
  expect((await fetch(url, { headers: { authorization: 'Bearer x' } })).status).toBe(400);
  expect(await (await fetch(url)).text()).toBe('grey');
  expect((await fetch(url)).status).toBe(404);
  const late = await signed(address);
  running.clock.now += 61_000;
  expect((await fetch(late)).status).toBe(404);
});

it('sends on to a public file, and not to others', async () => {
  const answer = await fetch(running.standin.attach({ ...log, public: true }));
  expect([await answer.text(), answer.redirected]).toEqual(['it broke', true]);
  expect((await fetch(running.standin.attach(log))).status).toBe(404);
});
