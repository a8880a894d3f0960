import type { AppBench, Seen } from '../app-bench.ts';
import { type CheckScene, openCheckScene } from '../../app/support/check-scene.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { arrange } from './arrange.ts';
import { attempt } from './attempt.ts';

type CommandCase = CaseOf<'command'>;
type IdentityCase = CaseOf<'identity'>;

/** A person writes a comment; the App may reply there, and start what it may start. */
export async function playCommand(bench: AppBench, one: CommandCase): Promise<Verdict> {
  const issue = bench.running.issue('acme', one.in);
  const seen = await bench.observe(async () => {
    await bench.running.comment(issue, one.by, one.text);
  });
  const strange = seen.jobs
    .map(({ repository: { owner, name } }) => `${owner}/${name}`)
    .filter((name) => !one.targets.includes(name));
  return verdict('command', one.id, {
    leaks: seen.leaks,
    escapes: [
      ...strange.map((name) => `a job in ${name}`),
      ...(one.outcome === 'started' || seen.jobs.length === 0 ? [] : ['a job started']),
    ],
    writes: strayWrites(seen, one, `/repos/acme/${one.in}/issues/${issue.number}/`),
    problems: [
      ...(one.outcome === 'started' && seen.jobs.length === 0 ? ['no job started'] : []),
      ...held(seen, one.forbid),
      ...seen.errors,
    ],
  });
}

/** Somebody who may not, or who says to be somebody else. */
export async function playIdentity(bench: AppBench, one: IdentityCase): Promise<Verdict> {
  const { running } = bench;
  const issue = running.issue('acme', one.in);
  const request = one.after && (await asked(running, issue, one.after));
  const text = one.text.replaceAll('{{request}}', request?.id ?? '');
  const press = one.press && (await buttonFor(bench, one.press));
  const undo = await arrange(running, one);
  const { permission } = one;
  const path = /\/collaborators\/|\/permission/;
  if (permission !== undefined)
    running.github.faults.add({ ...refusal(permission), path, times: 20 });
  try {
    const seen = await bench.observe(() => act(bench, one, { issue, text, press }));
    return judgedIdentity(one, seen);
  } finally {
    if (permission !== undefined) running.github.faults.clear();
    await undo();
  }
}

function judgedIdentity(one: IdentityCase, seen: Seen): Verdict {
  const started = seen.jobs.length;
  return verdict('identity', one.id, {
    leaks: seen.leaks,
    escapes: [
      ...(one.outcome !== 'started' && started > 0 ? ['a job started'] : []),
      ...(one.outcome === 'started' && started > 1 ? [`${started} jobs started`] : []),
    ],
    writes: strayWrites(seen, one, `/repos/acme/${one.in}/`),
    problems: [
      ...(one.outcome === 'started' && started === 0 ? ['no job started'] : []),
      ...held(seen, one.forbid),
      // Without an answer nobody is let in, and the message comes again.
      ...(one.permission === undefined ? seen.errors : []),
    ],
  });
}

type Running = AppBench['running'];
type Issue = ReturnType<Running['issue']>;

/** A request that somebody made before; its plan is made as a worker does. */
async function asked(
  running: Running,
  issue: Issue,
  { by, text, planned }: NonNullable<IdentityCase['after']>,
) {
  await running.comment(issue, by, text);
  await running.pump();
  const request = await running.requestOf(issue);
  if (!planned || !request) return request;
  const cause = { code: 'planned', sentence: 'Nothing was changed.' } as const;
  const list = { changes: [], verification: [], not_done: [], risks: [] };
  const submission = { title: 'Add the numbers up', summary: 'Use plus.', ...list };
  for (const job of await running.jobs.ofRequest(request.id)) {
    const held = await attempt(running, job, 'p'.repeat(43));
    await running.jobs.move(held, 'planned', { submission, cause });
  }
  await running.queues.ingest.send({ type: 'report', request_id: request.id });
  await running.pump();
  return request;
}

type Act = Readonly<{ issue: Issue; text: string; press: Pressed | undefined }>;

async function act(bench: AppBench, one: IdentityCase, given: Act): Promise<void> {
  const { issue, text, press } = given;
  if (press) return pressed(bench, one, press);
  if (one.change === undefined && one.copies === 1) {
    await bench.running.comment(issue, one.by, text);
    return;
  }
  const change = one.change ?? {};
  const payload = await bench.payload({
    issue: { number: issue.number },
    ...change,
    comment: { body: text, ...inner(change, 'comment') },
  });
  for (let copy = 0; copy < one.copies; copy += 1) {
    const status = await bench.send(JSON.stringify(payload));
    if (status !== 202 && status !== 400) throw new Error(`answered ${status}`);
  }
}

type Press = NonNullable<IdentityCase['press']>;
type Pressed = Press & Readonly<{ scene: CheckScene; identifier: string }>;

/** A press uses a button up, whoever tries it: only names that are none share a check run. */
async function buttonFor(bench: AppBench, press: Press): Promise<Pressed> {
  const named = press.change?.['requested_action'] !== undefined;
  const scene = named ? await bench.buttons() : await openCheckScene(bench.running);
  const { identifier = '' } = scene.buttons().find(({ label }) => label === press.label) ?? {};
  return { ...press, scene, identifier };
}

async function pressed(bench: AppBench, one: IdentityCase, press: Pressed): Promise<void> {
  const { scene, identifier, label, change, pressed_by: first, pushed } = press;
  if (first !== undefined) {
    await scene.press(first, label);
    await bench.forget();
  }
  if (pushed) await scene.push();
  return scene.forge(one.by, { requested_action: { identifier }, ...change });
}

function inner(change: Readonly<Record<string, unknown>>, name: string): object {
  const value = change[name];
  return typeof value === 'object' && value !== null ? value : {};
}

/** GitHub says with a limit how long it wants silence (s). */
function refusal(status: number) {
  const headers = status === 429 ? { headers: { 'retry-after': '1' } } : {};
  return { when: 'before', status, ...headers } as const;
}

/** Replies and reactions are the only writes of accepting, and only where the command stands. */
function strayWrites(
  seen: Seen,
  one: Readonly<{ in: string; outcome: string }>,
  place: string,
): readonly string[] {
  const allowed = [
    place,
    `/repos/acme/${one.in}/issues/comments/`,
    `/repos/acme/${one.in}/check-runs`,
    '/installation/token',
  ];
  return seen.writes
    .filter(({ path }) => one.outcome === 'nothing' || !allowed.some((one) => path.startsWith(one)))
    .filter(({ path }) => !path.endsWith('/access_tokens') && path !== '/installation/token')
    .map(({ method, path }) => `${method} ${path}`);
}

function held(seen: Seen, forbid: readonly string[]): readonly string[] {
  const bodies = JSON.stringify(seen.writes.map(({ body }) => body));
  return forbid.filter((word) => bodies.includes(word)).map((word) => `the reply holds ${word}`);
}
