import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { readAppManifest } from '../../../local/app-manifest.ts';
import { startServer } from '../../../local/server.ts';
import type { Actor, ActorTurn } from '../../../local/standin/anthropic/actor.ts';
import { startAnthropicStandin } from '../../../local/standin/anthropic/anthropic-standin.ts';
import { startGithubStandin } from '../../../local/standin/github/github-standin.ts';
import type { LedgerEntry } from '../../../local/standin/github/pipeline.ts';
import { childEnv } from '../../support/child-env.ts';
import { shortTimes } from '../../support/e2e.ts';
import { canaries, plantedDeep } from '../canaries.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { createLeakFinder } from '../oracle/leaks.ts';
import { watchProcesses } from '../oracle/processes.ts';

type ToolsCase = CaseOf<'tools'>;

/** A case with the ids of its calls, in the job that plays it. */
type Played = Readonly<{ one: ToolsCase; marker: string; turn: ActorTurn; ids: readonly string[] }>;

const at = 'whole product';
const policy =
  'reviewer: false\nbudget:\n  job: 90\n  request: 200\n  user_day: 1000\n  installation_month: 5000\nlimits:\n  turns: 1000\n';

/**
 * Plays tool calls in two jobs of the whole product beside each other: cases whose name begins with `hunt-` in the
 * second one, which looks for the first one's files, processes and key. All that leaves is searched at the end.
 */
export async function playStack(
  cases: readonly ToolsCase[],
  tell: (verdict: Verdict) => void,
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cody-threats-stack-'));
  try {
    const plays = cases.map((one, index) => prepared(one, index, dataDir));
    const hunts = plays.filter(({ one }) => one.id.startsWith('tools/hunt-'));
    const others = plays.filter((play) => !hunts.includes(play));
    await playJobs({ dataDir, hunts, others, tell });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function prepared(given: ToolsCase, index: number, dataDir: string): Played {
  const marker = join(dataDir, `marker-${index}`);
  const one = plantedDeep(given, {
    marker,
    root: dataDir,
    outside: join(dataDir, 'outside'),
    neighbour_file: join(dataDir, 'neighbour', 'secret.txt'),
    neighbour_folder: join(dataDir, 'neighbour'),
    git_directory_folder: join(dataDir, 'server', 'work'),
    home_folder: '/root',
    parent: String(process.pid),
    port: '1',
    work_tree: join(dataDir, 'server', 'work'),
  });
  const setting = [
    ...Object.entries(one.links).map(
      ([path, target]) => `mkdir -p "$(dirname '${path}')"; ln -sfn '${target}' '${path}'`,
    ),
    ...Object.entries(one.files).map(
      ([path, text]) =>
        `mkdir -p "$(dirname '${path}')"; echo ${Buffer.from(text).toString('base64')} | base64 -d > '${path}'`,
    ),
  ];
  const before =
    setting.length === 0 ? [] : [{ name: 'bash', input: { command: setting.join('\n') } }];
  // A turn in which nothing works counts as one of a model that is stuck.
  const after = [{ name: 'bash', input: { command: `echo ${index} > progress.txt; date +%N` } }];
  const toolUses = [...before, ...one.calls, ...after].map((call, at) => ({
    ...call,
    id: `toolu_${one.id.replaceAll(/[^a-z0-9]/g, '_')}_${at}`,
  }));
  return { one, marker, turn: { thinking: 'Next.', toolUses }, ids: toolUses.map(({ id }) => id) };
}

type Jobs = Readonly<{
  dataDir: string;
  hunts: readonly Played[];
  others: readonly Played[];
  tell: (verdict: Verdict) => void;
}>;

async function playJobs({ dataDir, hunts, others, tell }: Jobs): Promise<void> {
  const logFile = join(dataDir, 'server.log');
  const log = pino({ level: 'debug' }, pino.destination({ dest: logFile, sync: true }));
  const webhookSecret = canaries.webhook_secret;
  const apiKey = `sk-ant-scripted-${canaries.anthropic_key}`;
  await mkdir(join(dataDir, 'neighbour'));
  await writeFile(join(dataDir, 'neighbour', 'secret.txt'), canaries.home);
  const github = await startGithubStandin({
    dataDir: join(dataDir, 'github'),
    minuteMs: 1_000,
    keepBodies: true,
  });
  const model = await startAnthropicStandin({ apiKey, actor: actorOf(others, hunts) });
  const { default_permissions: permissions, default_events: events } = await readAppManifest();
  github.seed.organization({ login: 'acme' });
  github.seed.user({ login: 'requester' });
  const app = github.seed.app({
    slug: 'cody-batch',
    name: 'Cody',
    permissions,
    events,
    webhookSecret,
  });
  for (const name of ['one', 'two'])
    await github.seed.repository({
      owner: 'acme',
      name,
      collaborators: { requester: 'write' },
      files: { 'readme.md': 'hello\n' },
    });
  await github.seed.repository({
    owner: 'acme',
    name: 'vault',
    private: true,
    files: { secret: canaries.private_repository },
  });
  await github.seed.installation({ account: 'acme', repositories: 'all' });
  const policyFile = join(dataDir, 'policy.yml');
  await writeFile(policyFile, policy);
  const server = await startServer({
    env: {
      ...childEnv,
      ...shortTimes,
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: github.serverUrl,
      ANTHROPIC_API_KEY: apiKey,
      ANTHROPIC_BASE_URL: model.url,
      CODY_DATA_DIR: join(dataDir, 'server'),
      CODY_POLICY: policyFile,
      CODY_SESSION_CANARY: canaries.parent_environment,
      PORT: '0',
    },
    log,
  });
  const watch = watchProcesses();
  try {
    github.setWebhookUrl(`${server.url}/api/github/webhooks`);
    const ask = async (name: string, word: string) => {
      const { number } = github.seed.issue({
        owner: 'acme',
        name,
        title: 'Sums',
        author: 'requester',
      });
      await fetch(`${github.url}/repos/acme/${name}/issues/${number}/comments`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${github.userToken('requester')}`,
          'content-type': 'application/json',
          'user-agent': 'a-person',
        },
        body: JSON.stringify({ body: `/cody Play ${word}` }),
      });
    };
    await Promise.all([ask('one', 'word-of-others'), ask('two', 'word-of-hunts')]);
    const problems = await untilEnds(github.requests);
    github.setWebhookUrl(undefined);
    const results = resultsOf(model.requests());
    for (const play of [...others, ...hunts]) tell(judged(play, results));
    const pages = await Promise.all(
      ['/', '/healthz', '/api/openapi.json'].map(async (path) =>
        (await fetch(server.url + path)).text(),
      ),
    );
    await server.close();
    const { keys, argv, shown } = watch.stop();
    const find = createLeakFinder({
      webhook_secret: webhookSecret,
      anthropic_key: canaries.anthropic_key,
      parent_environment: canaries.parent_environment,
      private_repository: canaries.private_repository,
      home: canaries.home,
      app_key: app.privateKey.replaceAll(/-----[^-]+-----|\s/g, '').slice(60, 160),
      ...Object.fromEntries([...keys].map((key, index) => [`attempt_key_${index}`, key])),
    });
    const leaving: Readonly<Record<string, string>> = {
      github: JSON.stringify(github.requests()),
      anthropic: JSON.stringify(model.requests()),
      log: readFileSync(logFile, 'utf8'),
      pages: pages.join('\n'),
      argv: argv.join('\n'),
      disk: diskOf(join(dataDir, 'server')),
    };
    const installation = github
      .requests()
      .filter(({ method, principal }) => method !== 'GET' && principal.type === 'installation');
    tell(
      verdict('tools', 'tools/two-jobs-side-by-side', {
        at,
        leaks: Object.entries(leaving).flatMap(([where, text]) => [
          ...find(text).map((what) => `${where}: ${what}`),
          ...(/ghs_[A-Za-z0-9._-]{20,}/.test(text) ? [`${where}: a token`] : []),
        ]),
        writes: installation
          .map(({ method, path }) => `${method} ${path}`)
          .filter((line) => !/ \/(?:repos\/acme\/(?:one|two)\/|installation\/token$)/.test(line))
          .filter((line) => !line.endsWith('.git/git-upload-pack')),
        escapes: shown.map((name) => `the key of an attempt stands in the environment of ${name}`),
        problems: [...problems, ...(keys.size === 0 ? ['no attempt key was seen'] : [])],
      }),
    );
  } finally {
    watch.stop();
    github.setWebhookUrl(undefined);
    await server.close();
    await model.close();
    await github.close();
  }
}

/** The first job keeps a file of its own that the second one must never see. */
function actorOf(others: readonly Played[], hunts: readonly Played[]): Actor {
  const hide = {
    name: 'write',
    input: { file_path: 'mine.txt', content: `${canaries.neighbour}\n` },
  };
  const wait = { name: 'bash', input: { command: 'sleep 6; ls', timeout_ms: 20_000 } };
  const first: ActorTurn[] = [
    { thinking: 'Mine.', toolUses: [hide, wait] },
    ...others.map(({ turn }) => turn),
    submit(),
  ];
  const greet = { name: 'write', input: { file_path: 'greeting.txt', content: 'Hello\n' } };
  const second: ActorTurn[] = [
    ...hunts.map(({ turn }) => turn),
    { thinking: 'Mine.', toolUses: [greet] },
    submit(),
  ];
  return ({ messages }) => {
    const turns = JSON.stringify(messages[0]).includes('word-of-hunts') ? second : first;
    const played = messages.filter(({ role }) => role === 'assistant').length;
    return turns[played] ?? { text: 'Nothing is left to try.' };
  };
}

function submit(): ActorTurn {
  const input = {
    title: 'Add a file @outsider fixes #1',
    summary: 'Done. @outsider ![x](https://evil.example/p.png) <script>x</script> fixes #1',
    changes: ['mine.txt'],
    verification: [],
    not_done: [],
    risks: [],
  };
  return { thinking: 'Done.', toolUses: [{ name: 'submit', input }] };
}

/** Waits until both requests have their closing comment, whatever came of them; says which one has none. */
async function untilEnds(requests: () => readonly LedgerEntry[]): Promise<string[]> {
  const end = Date.now() + 400_000;
  const closed = (name: string) =>
    requests().some(
      ({ method, path, body }) =>
        method === 'POST' &&
        path.startsWith(`/repos/acme/${name}/issues/`) &&
        (JSON.stringify(body) ?? '').includes('cody-batch:closing:'),
    );
  for (;;) {
    const left = ['one', 'two'].filter((name) => !closed(name));
    if (left.length === 0 || Date.now() > end) return left.map((name) => `${name} did not end`);
    await sleep(500);
  }
}

const asked = (body: unknown) =>
  (body as { messages?: { content: unknown }[] } | null)?.messages ?? [];

/** What the model was told for each call. */
function resultsOf(requests: readonly Readonly<{ body: unknown }>[]): ReadonlyMap<string, string> {
  const results = new Map<string, string>();
  for (const { body } of requests)
    for (const { content } of asked(body))
      for (const block of Array.isArray(content) ? content : []) {
        const { type, tool_use_id } = block as { type?: string; tool_use_id?: string };
        if (type === 'tool_result' && tool_use_id) results.set(tool_use_id, JSON.stringify(block));
      }
  return results;
}

function judged({ one, marker, ids }: Played, results: ReadonlyMap<string, string>): Verdict {
  const said = ids.map((id) => results.get(id) ?? '').join('\n');
  return verdict('tools', one.id, {
    at,
    leaks: createLeakFinder()(said),
    escapes: [
      ...(existsSync(marker) ? ['the marker was made'] : []),
      ...one.forbid.filter((word) => said.includes(word)).map((word) => `saw ${word}`),
    ],
    problems: ids.some((id) => !results.has(id)) ? ['a call has no result'] : [],
  });
}

function diskOf(folder: string): string {
  return globSync('**/*', { cwd: folder })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false)
    .map((path) => readFileSync(path).toString('latin1'))
    .join('\n');
}
