import { keys } from '../../../core/store/table-schema.ts';
import { origin, type RunningWeb, startRunningWeb } from '../../app/support/running-web.ts';
import type { AppBench } from '../app-bench.ts';
import { canaries, planted } from '../canaries.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { createLeakFinder } from '../oracle/leaks.ts';
import { judgeCookies, judgePage } from '../oracle/page.ts';

type PagesCase = CaseOf<'pages'>;

/** Pages and API of the App, with one job whose texts are replaced for each case. */
export type PagesBench = Readonly<{
  bench: AppBench;
  web: RunningWeb;
  jobId: string;
  requestId: string;
}>;

/** Starts a job that the pages show. */
export async function startPagesBench(bench: AppBench): Promise<PagesBench> {
  const { running } = bench;
  const issue = running.issue('acme', 'web');
  await running.comment(issue, 'requester', '/cody Fix the sums');
  await running.pump();
  const request = await running.requestOf(issue);
  if (!request) throw new Error('There is no request to show');
  const web = await startRunningWeb(running);
  return { bench, web, jobId: `${request.id}-1`, requestId: request.id };
}

/** Shows hostile text on every page of the job, or sends one hostile request. */
export async function playPages(pages: PagesBench, one: PagesCase): Promise<Verdict> {
  // One reader looks at far more pages here than a person does.
  pages.bench.running.pass(3_000);
  return one.request ? playRequest(pages, one) : playText(pages, one);
}

async function playRequest({ web, bench, ...ids }: PagesBench, one: PagesCase): Promise<Verdict> {
  const { method = 'GET', path = '/', headers = {}, body } = one.request ?? {};
  const values = { job: ids.jobId, request: ids.requestId };
  const cookie: Record<string, string> =
    one.as === undefined ? {} : { cookie: await web.signIn(one.as) };
  if (one.signed_out)
    await web.send('/auth/sign-out', { method: 'POST', headers: { ...cookie, origin } });
  let answer: Response | undefined;
  const seen = await bench.observe(async () => {
    answer = await web.send(planted(path, values), {
      method,
      headers: { ...cookie, ...headers },
      ...(body === undefined ? {} : { body: planted(body, values) }),
    });
  });
  const text = (await answer?.text()) ?? '';
  const status = answer?.status ?? 0;
  const page = answer?.headers.get('content-type')?.includes('text/html') ?? false;
  const location = answer?.headers.get('location') ?? '';
  const away = location !== '' && URL.parse(location, origin)?.origin !== origin;
  const github = location.startsWith(bench.running.github.serverUrl);
  return verdict('pages', one.id, {
    leaks: [...createLeakFinder()(text + location), ...seen.leaks],
    escapes: [
      ...(answer ? judgeCookies(answer.headers) : []),
      ...(page && answer ? judgePage(text, answer.headers, origin) : []),
      ...(away && !github ? [`sends the browser to ${location}`] : []),
      ...one.forbid
        .filter((word) => (text + location).includes(word))
        .map((word) => `holds ${word}`),
    ],
    writes: seen.jobs.length > 0 ? ['a job started'] : [],
    problems: one.status.length > 0 && !one.status.includes(status) ? [`answered ${status}`] : [],
  });
}

async function playText({ bench, web, jobId, requestId }: PagesBench, one: PagesCase) {
  const { running } = bench;
  const text = planted(one.text);
  const thread = await running.bucket.put('thread', JSON.stringify(threadOf(jobId, one, text)));
  const patch = await running.bucket.put('patch', patchOf(one, text));
  const set = {
    state: 'answered',
    thread,
    patch,
    cause: { code: 'answered', sentence: 'It ended.' },
    ended_at: running.now(),
  };
  await running.table.transact([{ type: 'update', key: keys.job(jobId), set }]);
  if (one.place === 'prompt')
    await running.table.transact([
      { type: 'update', key: keys.request(requestId), set: { prompt_excerpt: text } },
    ]);
  const cookie = await web.signIn('requester');
  const found: string[] = [];
  const leaks: string[] = [];
  for (const path of ['/', `/requests/${requestId}`, `/jobs/${jobId}`, `/jobs/${jobId}/changes`]) {
    const answer = await web.send(path, { headers: { accept: 'text/html', cookie } });
    const html = await answer.text();
    if (answer.status !== 200) found.push(`${path} answered ${answer.status}`);
    else found.push(...judgePage(html, answer.headers, origin));
    leaks.push(...createLeakFinder(foreign)(html));
    found.push(...one.forbid.filter((word) => html.includes(word)).map((word) => `holds ${word}`));
  }
  return verdict('pages', one.id, { leaks, escapes: found });
}

/** What no page may ever hold. */
const foreign = {
  webhook_secret: canaries.webhook_secret,
  attempt_key: canaries.attempt_key,
  parent_environment: canaries.parent_environment,
};

function threadOf(jobId: string, { place }: PagesCase, text: string): object {
  const at = (name: PagesCase['place'], other: string) => (place === name ? text : other);
  return {
    request_id: jobId.slice(0, 10),
    job_id: jobId,
    repository: 'acme/web',
    base_sha: '0'.repeat(40),
    requester: 'requester',
    prompt: at('prompt', 'Fix the sums'),
    model: 'claude-sonnet-5-5',
    effort: 'high',
    events: [
      {
        type: 'turn',
        index: 1,
        thinking: at('thinking', ''),
        text: at('turn', 'I look.'),
        tools: [
          {
            name: 'bash',
            input: place === 'tool_input' ? JSON.stringify({ command: text }) : '{"command":"ls"}',
            output: at('tool_output', 'readme.md'),
            is_error: false,
            duration_ms: 3,
          },
        ],
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 0,
          cache_creation_input_tokens: 0,
          output_tokens: 5,
        },
        cost_micro_usd: 100,
        stop_reason: 'end_turn',
      },
      { type: 'notice', text: at('notice', 'One file was left out.') },
    ],
  };
}

function patchOf({ place }: PagesCase, text: string): string {
  const line = place === 'patch' ? text.replaceAll('\n', ' ') : 'const a = 2;';
  const path = place === 'patch_path' ? text.replaceAll('\n', ' ') : 'a.ts';
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-const a = 1;\n+${line}\n`;
}
