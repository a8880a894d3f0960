import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createGithub } from '../../../core/github/octokit.ts';
import { createWriteCheck } from '../../../core/github/write-check.ts';

const repository = { owner: 'acme', name: 'web' };
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const bot = { id: 41, login: 'helper[bot]', type: 'Bot' };

let permission = 'write';
let asked: (string | undefined)[] = [];
const server = createServer((request, response) => {
  asked.push(request.url);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ permission, role_name: permission, user: { id: bot.id } }));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  asked = [];
  permission = 'write';
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

function check(bots: readonly number[]) {
  const { port } = server.address() as AddressInfo;
  const github = createGithub({ baseUrl: `http://127.0.0.1:${port}`, token: 't', log });
  return createWriteCheck(github, repository, bots);
}

it('asks about a bot that is listed, once', async () => {
  const mayWrite = check([bot.id]);
  expect([await mayWrite(bot), await mayWrite(bot)]).toEqual([true, true]);
  expect(asked).toHaveLength(1);
});

it('believes what GitHub answers about a bot that is listed', async () => {
  permission = 'read';
  expect(await check([bot.id])(bot)).toBe(false);
});

it('asks nothing about another bot, or a list that names an organization', async () => {
  expect(await check([])(bot)).toBe(false);
  expect(await check([bot.id])({ ...bot, type: 'Organization' })).toBe(false);
  expect(asked).toEqual([]);
});
