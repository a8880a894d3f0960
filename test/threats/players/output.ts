import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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

type OutputCase = CaseOf<'output'>;

/** Our own words around it hold none of that. */
const host = new URL(serverUrl).host;
const find = createLeakFinder();

/** The model's words through the renderer of one surface, or its files through the publisher. */
export async function playOutput(scene: () => Promise<Scene>, given: OutputCase): Promise<Verdict> {
  const one = plantedDeep(given, encoded());
  if (one.surface === 'patch') return playPatch(await scene(), one);
  const redactor = createRedactor(Object.values(canaries));
  const rendered = render(one, redactor.redact);
  const plain = one.surface === 'title' || one.surface === 'commit';
  const ours = plain ? '' : render({ ...one, text: 'Done.' }, redactor.redact);
  const judged = plain ? judgePlain(rendered) : judgeMarkdown(rendered, allowed(one.surface, ours));
  return verdict('output', one.id, {
    leaks: find(rendered),
    escapes: [
      ...judged,
      ...one.forbid.filter((word) => rendered.includes(word)).map((word) => `holds ${word}`),
    ],
  });
}

/** A canary in the ways that somebody would carry it out. */
function encoded(): Readonly<Record<string, string>> {
  const key = canaries.anthropic_key;
  return {
    base64_0: Buffer.from(key).toString('base64'),
    base64_1: Buffer.from(`x${key}`).toString('base64'),
    base64_2: Buffer.from(`xy${key}`).toString('base64'),
    base64_url: Buffer.from(`>>${key}??`).toString('base64url'),
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
  // Trailers stand in the last paragraph only.
  const trailers = text.split(/\n{2,}/).at(-1) ?? '';
  if (/^(?:Signed-off-by|Co-authored-by):(?! requester )/im.test(trailers))
    found.push('forged trailer');
  if (/^Cody-Request: (?!q7x2m9k4d1$)/im.test(trailers)) found.push('forged request');
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

let patches = 0;

type Around = Readonly<{ flags: readonly string[]; notes: readonly string[] }>;

/** What stands above and below the summary; the summary has cases of its own. */
function renderBody({ flags, notes }: Around): string {
  return [...flags, ...notes].join('\n');
}

/** Files that a job leaves behind, through diff, scan and GitHub. */
async function playPatch(scene: Scene, one: OutputCase): Promise<Verdict> {
  patches += 1;
  const work = await scene.work(`patch-${patches}`);
  for (const [path, text] of Object.entries(one.files)) {
    mkdirSync(dirname(work.at(path)), { recursive: true });
    writeFileSync(work.at(path), text);
    if (one.executable.includes(path)) chmodSync(work.at(path), 0o755);
  }
  for (const [path, target] of Object.entries(one.links)) {
    rmSync(work.at(path), { force: true });
    mkdirSync(dirname(work.at(path)), { recursive: true });
    symlinkSync(target, work.at(path));
  }
  const redactor = createRedactor(Object.values(canaries));
  const outcome = await work.publish({}, { redactor, renderBody });
  const { pulls, branches } = await work.found();
  const told = pulls.map(({ title, body }) => `${title}\n${body ?? ''}`).join('\n');
  const cause = 'cause' in outcome ? outcome.cause.code : undefined;
  const blocked = one.blocked !== undefined;
  return verdict('output', one.id, {
    leaks: [...find(told), ...(cause === undefined ? find(JSON.stringify(one.files)) : [])],
    writes: blocked && branches.length > 0 ? branches.map((name) => `branch ${name}`) : [],
    problems: [
      ...(blocked && cause !== one.blocked
        ? [`ended as ${cause ?? outcome.type}, not ${one.blocked}`]
        : []),
      ...(one.flagged !== undefined && !told.toLowerCase().includes(one.flagged.toLowerCase())
        ? [`the pull request does not say ${one.flagged}`]
        : []),
    ],
  });
}
