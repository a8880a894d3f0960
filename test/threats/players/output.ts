import { gzipSync } from 'node:zlib';
import { createRedactor } from '../../../core/redact.ts';
import { redactEvent } from '../../../core/redact-event.ts';
import { renderCheckRun } from '../../../core/render/check-run.ts';
import { renderClosingComment } from '../../../core/render/closing-comment.ts';
import { renderPullRequestBody } from '../../../core/render/pull-request-body.ts';
import { renderStatusComment } from '../../../core/render/status-comment.ts';
import { renderThreadReply } from '../../../core/render/thread-reply.ts';
import { commitMessage, pullRequestTitle } from '../../../worker/publish/words.ts';
import {
  answeredJob,
  exampleRequest,
  exampleThread,
  pullRequestJob,
  serverUrl,
  start,
} from '../../core/render/examples.ts';
import type { Scene } from '../../worker/publish/scene.ts';
import { canaries, plantedDeep } from '../canaries.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { createLeakFinder } from '../oracle/leaks.ts';
import { judgeMarkdown } from '../oracle/markdown.ts';
import { playPatch } from './patch.ts';
import { called, logged, loggedError, transcript } from './trace.ts';

type OutputCase = CaseOf<'output'>;

/** Our own words around it hold none of that. */
const host = new URL(serverUrl).host;
/** A secret whose form in a URL is another one. */
const oddKey = 'Qz7/xW+4k=Tn9&bR2 mV';
const secrets = { ...canaries, odd_key: oddKey };
/** A credential of a client that no redactor was told of. */
const untold = 'Vb8sHq2wLr6tYx4mKc9z';
const find = createLeakFinder({ ...secrets, untold });

/** The model's words through the renderer of one surface, or its files through the publisher. */
export async function playOutput(scene: () => Promise<Scene>, given: OutputCase): Promise<Verdict> {
  const one = plantedDeep(given, encoded());
  if (one.surface === 'patch') return playPatch(await scene(), one);
  const redactor = createRedactor(Object.values(secrets));
  const traced = await trace(one, redactor.redact);
  if (traced !== undefined)
    return verdict('output', one.id, { leaks: find(traced), escapes: held(one, traced) });
  const rendered = render(one, redactor.redact);
  const plain = one.surface === 'title' || one.surface === 'commit';
  const ours = plain ? '' : render({ ...one, text: 'Done.' }, redactor.redact);
  const judged = plain ? judgePlain(rendered) : judgeMarkdown(rendered, allowed(one.surface, ours));
  return verdict('output', one.id, {
    leaks: find(rendered),
    escapes: [...judged, ...held(one, rendered)],
  });
}

function held({ forbid }: OutputCase, text: string): readonly string[] {
  return forbid.filter((word) => text.includes(word)).map((word) => `holds ${word}`);
}

/** Where nobody reads Markdown; undefined for the other surfaces. */
async function trace(
  { surface, text }: OutputCase,
  redact: (text: string) => string,
): Promise<string | undefined> {
  if (surface === 'log') return logged(text, redact);
  if (surface === 'error') return loggedError(text, untold, redact);
  if (surface === 'thread') return transcript(text, redact);
  return surface === 'call' ? called(text, redact) : undefined;
}

/** A canary in the ways that somebody would carry it out. */
function encoded(): Readonly<Record<string, string>> {
  const key = canaries.anthropic_key;
  const quarter = key.length / 4;
  return {
    ...Object.fromEntries(
      [0, 1, 2, 3].map((at) => [`quarter_${at}`, key.slice(at * quarter, (at + 1) * quarter)]),
    ),
    base64_twice: Buffer.from(Buffer.from(key).toString('base64')).toString('base64'),
    gzip_base64: gzipSync(key).toString('base64'),
    mebibyte: 'x'.repeat(1024 * 1024),
    base64_0: Buffer.from(key).toString('base64'),
    base64_1: Buffer.from(`x${key}`).toString('base64'),
    base64_2: Buffer.from(`xy${key}`).toString('base64'),
    base64_url: Buffer.from(`>>${key}??`).toString('base64url'),
    url_form: encodeURIComponent(oddKey),
    hex: Buffer.from(key).toString('hex'),
    hex_upper: Buffer.from(key).toString('hex').toUpperCase(),
    reversed: Array.from(key).toReversed().join(''),
    percent: Array.from(key, (char) => `%${char.charCodeAt(0).toString(16)}`).join(''),
  };
}

/** `ours` is what the same surface holds around harmless words. */
function allowed(surface: OutputCase['surface'], ours: string) {
  const named = surface === 'closing' || surface === 'summary' || surface === 'item';
  return {
    hosts: [host],
    people: named ? ['requester'] : [],
    markers: ours.match(/<!--\s*cody-batch:/g)?.length ?? 0,
    closes: surface !== 'summary' && surface !== 'item',
  };
}

/** A title and a commit message are read by git and GitHub, not as Markdown. */
function judgePlain(text: string): readonly string[] {
  const found: string[] = [];
  const body = text.replaceAll(/`[^`]*`/g, '').replaceAll(/^Co-authored-by: requester .*$/gm, '');
  if (/(?:^|[^\w`])@[A-Za-z0-9]/.test(body)) found.push('mentions somebody');
  if (
    /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.-]+\/[\w.-]+)?(?:#\d|GH-\d)/i.test(body)
  )
    found.push('closes an issue');
  if (/\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]/i.test(text)) found.push('skips CI');
  // They count in the last paragraph, which any may become when commits are squashed.
  if (/^(?:Signed-off-by|Co-authored-by):(?! requester )/im.test(text))
    found.push('forged trailer');
  if (/^Cody-Request: (?!q7x2m9k4d1$)/im.test(text)) found.push('forged request');
  return found;
}

function render(one: OutputCase, redact: (text: string) => string): string {
  const text = redact(one.text);
  const links = { serverUrl };
  const request = exampleRequest({ prompt_excerpt: one.surface === 'prompt' ? text : 'Fix it' });
  const submission = {
    title: 'Sums',
    summary: 'Done.',
    changes: [],
    verification: [],
    not_done: [],
    risks: [],
  };
  const job = pullRequestJob({ submission: { ...submission, summary: text } });
  switch (one.surface) {
    case 'summary':
      return renderPullRequestBody({ request, job, siblings: [], links });
    case 'item': {
      const items = { ...submission, changes: [text], not_done: [text], risks: [text] };
      return renderPullRequestBody({
        request,
        job: pullRequestJob({ submission: items }),
        siblings: [],
        links,
      });
    }
    case 'title':
      return pullRequestTitle(text, 'Fix it');
    case 'commit':
      return commitMessage({
        title: pullRequestTitle(text, 'Fix it'),
        body: text,
        requestId: 'q7x2m9k4d1',
        requester: { id: 501, login: 'requester' },
        serverUrl,
      });
    case 'thread_reply':
      return renderThreadReply({
        request,
        jobs: [answeredJob({ submission: { ...submission, summary: text } })],
        links,
      });
    case 'closing':
      return renderClosingComment({
        request,
        jobs: [answeredJob({ submission: { ...submission, summary: text } })],
        links,
      });
    case 'prompt':
      return renderStatusComment({ request, jobs: [job], links, now: start });
    case 'check_run':
    case 'patch':
    case 'log':
    case 'error':
    case 'thread':
    case 'call':
      return checkRun(one, redact);
  }
}

/** The text in every place of a thread that a model or a command of its can fill. */
function checkRun(one: OutputCase, redact: (text: string) => string): string {
  const thread = exampleThread(1);
  const events = thread.events.map((event) => {
    if (event.type === 'turn') {
      const tools = event.tools.map((tool) => ({ ...tool, input: one.text, output: one.text }));
      return redactEvent({ ...event, text: one.text, thinking: one.text, tools }, redact);
    }
    if (event.type === 'setup') return redactEvent({ ...event, output_tail: one.text }, redact);
    if (event.type === 'notice') return redactEvent({ ...event, text: one.text }, redact);
    return event;
  });
  const { title, summary } = renderCheckRun({
    job: pullRequestJob({
      submission: { ...(pullRequestJob().submission ?? never()), summary: redact(one.text) },
    }),
    thread: { ...thread, prompt: redact(one.text), events },
    links: { serverUrl },
  });
  return `${title}\n\n${summary}`;
}

function never(): never {
  throw new Error('The example has a submission');
}
