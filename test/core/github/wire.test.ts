import { generateKeyPairSync } from 'node:crypto';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createGithubApp } from '../../../core/github/app-client.ts';
import { createGithub } from '../../../core/github/octokit.ts';

const baseUrl = 'https://api.github.example';
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('what goes over the wire', () => {
  it('asks for a token of one repository and the fewest permissions, signed in as the App', async () => {
    const minted = nock(baseUrl, { reqheaders: { authorization: /^bearer ey/i } })
      .post('/app/installations/9/access_tokens', {
        repository_ids: [4],
        permissions: { contents: 'read' },
      })
      .reply(201, { token: 'ghs_x', expires_at: '2026-01-01T00:00:00Z', permissions: {} });
    const app = createGithubApp({ appId: 7, privateKey, baseUrl, log });
    const token = await app.installationToken({
      installationId: 9,
      repositoryIds: [4],
      permissions: { contents: 'read' },
    });
    expect(token.token).toBe('ghs_x');
    expect(minted.isDone()).toBe(true);
  });

  it('sends a write once, even when the answer is a 502', async () => {
    nock(baseUrl).post('/repos/acme/web/issues/1/comments').reply(502, '<html>');
    const second = nock(baseUrl).post('/repos/acme/web/issues/1/comments').reply(201, {});
    const github = createGithub({ baseUrl, token: 'ghs_secret', log, pacing: 0, retryDelayMs: 1 });
    const write = github.rest.issues.createComment({
      owner: 'acme',
      repo: 'web',
      issue_number: 1,
      body: 'x',
    });
    await expect(write).rejects.toMatchObject({ status: 502 });
    expect(second.isDone()).toBe(false);
  });

  it('repeats a read after a 502 and keeps the token out of what it throws', async () => {
    nock(baseUrl).get('/repos/acme/web').times(3).reply(502, '<html>');
    const github = createGithub({ baseUrl, token: 'ghs_secret', log, pacing: 0, retryDelayMs: 1 });
    const error: unknown = await github.rest.repos
      .get({ owner: 'acme', repo: 'web' })
      .catch((thrown: unknown) => thrown);
    expect(nock.isDone()).toBe(true);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('ghs_secret');
  });
});
