import type { AppBench, Seen } from '../app-bench.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';

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
  const issue = bench.running.issue('acme', one.in);
  let text = one.text;
  if (one.after) {
    await bench.running.comment(issue, one.after.by, one.after.text);
    await bench.running.pump();
    const request = await bench.running.requestOf(issue);
    text = text.replaceAll('{{request}}', request?.id ?? '');
  }
  const place = await placeOf(bench, one);
  const { permission } = one;
  const path = /\/collaborators\/|\/permission/;
  if (permission !== undefined)
    bench.running.github.faults.add({ ...refusal(permission), path, times: 20 });
  const seen = await bench.observe(() => act(bench, one, { issue, text }));
  if (permission !== undefined) bench.running.github.faults.clear();
  return verdict('identity', one.id, {
    leaks: seen.leaks,
    escapes: one.outcome !== 'started' && seen.jobs.length > 0 ? ['a job started'] : [],
    writes: strayWrites(seen, one, place),
    problems: [
      ...(one.outcome === 'started' && seen.jobs.length === 0 ? ['no job started'] : []),
      ...held(seen, one.forbid),
      // Without an answer nobody is let in, and the message comes again.
      ...(permission === undefined ? seen.errors : []),
    ],
  });
}

type Act = Readonly<{ issue: ReturnType<AppBench['running']['issue']>; text: string }>;

async function act(bench: AppBench, one: IdentityCase, { issue, text }: Act): Promise<void> {
  if (one.press) {
    const scene = await bench.buttons();
    const { label, change } = one.press;
    if (change === undefined) return scene.press(one.by, label);
    const identifier = scene.buttons().find((each) => each.label === label)?.identifier;
    return scene.forge(one.by, { requested_action: { identifier }, ...change });
  }
  if (one.change === undefined) {
    await bench.running.comment(issue, one.by, text);
    return;
  }
  const payload = await bench.payload({
    issue: { number: issue.number },
    ...one.change,
    comment: { body: text, ...inner(one.change, 'comment') },
  });
  const status = await bench.send(JSON.stringify(payload));
  if (status !== 202 && status !== 400) throw new Error(`answered ${status}`);
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

/** Where the App may answer. */
async function placeOf(bench: AppBench, one: IdentityCase): Promise<string> {
  if (one.press) await bench.buttons();
  return `/repos/acme/${one.in}/`;
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
