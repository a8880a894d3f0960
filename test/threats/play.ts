import { type AppBench, startAppBench } from './app-bench.ts';
import type { SandboxKind } from '../../worker/executor/sandbox.ts';
import { type Cases, type EntryPoint, verdict, type Verdict } from './case.ts';
import { createScene, type Scene } from '../worker/publish/scene.ts';

/** What of a run is played in this process. */
export type Part = Readonly<{
  entry: EntryPoint;
  /** Of tools: all confinements, the executor's code alone, or a job of the whole product. */
  tools?: 'confined' | 'inside' | 'stack';
  /** Of the confinements only this one. */
  kind?: SandboxKind;
}>;

/** Plays all cases of one entry point and tells each verdict. What cannot be played is a verdict too. */
export async function playPart(
  part: Part,
  cases: Cases,
  tell: (verdict: Verdict) => void,
): Promise<void> {
  if (part.entry === 'tools') return playToolsPart(part, cases, tell);
  const closers: (() => Promise<void>)[] = [];
  const bench = lazily(startAppBench, closers);
  const scene = lazily<Scene>(createScene, closers);
  try {
    for (const { id, play } of await plays(part.entry, cases, { bench, scene }))
      tell(await played(part.entry, id, play));
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

type Play = Readonly<{ id: string; play: () => Promise<Verdict> }>;

type Benches = Readonly<{ bench: () => Promise<AppBench>; scene: () => Promise<Scene> }>;

/** Modules are loaded when they are needed: most entry points need no App. */
async function plays(entry: EntryPoint, cases: Cases, benches: Benches): Promise<Play[]> {
  const { bench, scene } = benches;
  switch (entry) {
    case 'webhook': {
      const { playWebhook } = await import('./players/webhook.ts');
      return list(cases.webhook, async (one) => playWebhook(await bench(), one));
    }
    case 'command': {
      const { playCommand } = await import('./players/command.ts');
      return list(cases.command, async (one) => playCommand(await bench(), one));
    }
    case 'identity': {
      const { playIdentity } = await import('./players/command.ts');
      return list(cases.identity, async (one) => playIdentity(await bench(), one));
    }
    case 'context': {
      const { playContext } = await import('./players/context.ts');
      return list(cases.context, (one) => playContext(bench, one));
    }
    case 'repository': {
      const { playRepository } = await import('./players/repository.ts');
      return list(cases.repository, playRepository);
    }
    case 'output': {
      const { playOutput } = await import('./players/output.ts');
      return list(cases.output, (one) => playOutput(scene, one));
    }
    case 'pages': {
      const { playPages, startPagesBench } = await import('./players/pages.ts');
      const pages = lazily(
        async () => ({
          ...(await startPagesBench(await bench())),
          close: async () => undefined,
        }),
        [],
      );
      return list(cases.pages, async (one) => playPages(await pages(), one));
    }
    case 'tokens': {
      const { playTokens } = await import('./players/tokens.ts');
      return list(cases.tokens, async (one) => playTokens(await bench(), one));
    }
    case 'tools':
      return [];
  }
}

async function played(
  entry: EntryPoint,
  id: string,
  play: () => Promise<Verdict>,
): Promise<Verdict> {
  try {
    return await play();
  } catch (error) {
    const [first] = error instanceof AggregateError ? error.errors : [error];
    const text = first instanceof Error ? (first.stack ?? first.message) : String(first);
    return verdict(entry, id, { problems: [`could not be played: ${text.slice(0, 600)}`] });
  }
}

async function playToolsPart(
  { tools, kind }: Part,
  cases: Cases,
  tell: (verdict: Verdict) => void,
): Promise<void> {
  if (cases.tools.length === 0) return;
  if (tools === 'stack') {
    const { playStack } = await import('./players/stack.ts');
    return playStack(
      cases.tools.filter(({ stack }) => stack),
      tell,
    );
  }
  const { playTools } = await import('./players/tools.ts');
  if (tools === 'inside') return playTools(cases.tools, 'inside', tell);
  const { sandboxesHere } = await import('./kinds-here.ts');
  const kinds = kind === undefined ? undefined : [kind];
  for (const sandbox of await sandboxesHere(kinds)) await playTools(cases.tools, sandbox, tell);
}

/** Started when first asked for, closed at the end. */
function lazily<T extends { close: () => Promise<void> }>(
  start: () => Promise<T>,
  closers: (() => Promise<void>)[],
): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => {
    if (started === undefined) {
      started = start();
      // What did not start was told with each case.
      closers.push(async () => (await started?.catch(() => undefined))?.close());
    }
    return started;
  };
}

function list<One extends { id: string }>(
  all: readonly One[],
  play: (one: One) => Promise<Verdict>,
): Play[] {
  return all.map((one) => ({ id: one.id, play: () => play(one) }));
}
