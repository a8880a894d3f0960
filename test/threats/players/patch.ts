import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createRedactor } from '../../../core/redact.ts';
import { renderCheckRun } from '../../../core/render/check-run.ts';
import { renderPullRequestBody } from '../../../core/render/pull-request-body.ts';
import type { PublishDeps } from '../../../worker/publish/publish.ts';
import { exampleRequest, pullRequestJob } from '../../core/render/examples.ts';
import type { Scene } from '../../worker/publish/scene.ts';
import { canaries } from '../canaries.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { createLeakFinder } from '../oracle/leaks.ts';
import { judgeMarkdown } from '../oracle/markdown.ts';

type OutputCase = CaseOf<'output'>;

const find = createLeakFinder();
let patches = 0;

/** Files and words that a job leaves behind, through diff, scan and GitHub. */
export async function playPatch(scene: Scene, one: OutputCase): Promise<Verdict> {
  patches += 1;
  const name = `patch-${patches}`;
  const work = await scene.work(name);
  leave(work.at, one);
  if (one.permission)
    scene.standin.seed.updateRepository({
      owner: 'acme',
      name,
      collaborators: { requester: one.permission },
    });
  const asked = await work.input();
  const settings = { ...asked.settings, paths: one.paths };
  const words = one.text === '' ? {} : { title: one.text, body: one.text };
  const outcome = await work.publish(
    { ...asked, settings, ...words },
    rendering(one, scene.standin.serverUrl),
  );
  const { pulls, branches, checks } = await work.found();
  const bodies = pulls.map(({ body }) => body ?? '');
  const told = [...pulls.map(({ title }) => title), ...bodies].join('\n');
  const cause = 'cause' in outcome ? outcome.cause.code : undefined;
  const blocked = one.blocked !== undefined;
  return verdict('output', one.id, {
    leaks: [
      ...find(told + JSON.stringify(checks)),
      ...(cause === undefined ? find(JSON.stringify([one.files, one.links])) : []),
    ],
    escapes: bodies.flatMap((body) => judgedBody(body, scene.standin.serverUrl)),
    writes: blocked && branches.length > 0 ? branches.map((branch) => `branch ${branch}`) : [],
    problems: [
      ...(blocked && cause !== one.blocked
        ? [`ended as ${cause ?? outcome.type}, not ${one.blocked}`]
        : []),
      ...(!blocked && pulls.length === 0 ? [`no pull request: ${cause ?? outcome.type}`] : []),
      ...(one.flagged !== undefined && !flagged(told, one.flagged)
        ? [`the pull request does not say ${one.flagged}`]
        : []),
    ],
  });
}

function leave(at: (path: string) => string, one: OutputCase): void {
  for (const [path, text] of Object.entries(one.files)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
    if (one.executable.includes(path)) chmodSync(at(path), 0o755);
  }
  for (const [path, target] of Object.entries(one.links)) {
    rmSync(at(path), { force: true });
    mkdirSync(dirname(at(path)), { recursive: true });
    symlinkSync(target, at(path));
  }
}

/** As a worker renders what it publishes. */
function rendering(
  one: OutputCase,
  serverUrl: string,
): Pick<PublishDeps, 'redactor' | 'renderBody' | 'renderCheck'> {
  const redactor = createRedactor(Object.values(canaries));
  const links = { serverUrl };
  const said = { title: 'Sums', changes: [], verification: [], not_done: [], risks: [] };
  const submission = { ...said, summary: one.text || 'Done.' };
  return {
    redactor,
    renderBody: ({ branch, commit_sha, flags, notes }) =>
      redactor.redact(
        renderPullRequestBody({
          request: exampleRequest({ prompt_excerpt: 'Fix it' }),
          job: pullRequestJob({ branch, commit_sha, submission }),
          siblings: [],
          flags,
          notes,
          links,
        }),
      ),
    renderCheck: () => {
      const { title, summary } = renderCheckRun({ job: pullRequestJob({ submission }), links });
      return { title: redactor.redact(title), summary: redactor.redact(summary) };
    },
  };
}

/** Links of the examples lead to GitHub, those of the scene to its stand-in. */
function judgedBody(body: string, serverUrl: string): readonly string[] {
  const hosts = [new URL(serverUrl).host, 'github.com'];
  const markers = body.match(/^<!-- cody-batch:(?:job:[\w-]+|flags|related[\w:-]*) -->$/gm)?.length;
  return judgeMarkdown(body, { hosts, people: ['requester'], markers: markers ?? 0 });
}

/** A rule is named in code at the beginning of a line, any other word stands anywhere. */
function flagged(told: string, wanted: string): boolean {
  const text = told.toLowerCase();
  const rule = /^rule (\w+)$/.exec(wanted)?.[1];
  return rule === undefined
    ? text.includes(wanted.toLowerCase())
    : text.includes(`\n- \`${rule}\`: `);
}
