import type { SmokeConfig } from './config.ts';
import { askForHelp } from './ask-for-help.ts';
import { checkHealth } from './check-health.ts';
import { sendPing } from './send-ping.ts';

/** One thing that was tried, and what came of it. */
export type SmokeStep = Readonly<{
  name: 'health' | 'signature' | 'help';
  ok: boolean;
  ms: number;
  said: string;
}>;

type Try = Readonly<{ name: SmokeStep['name']; run: () => Promise<string> }>;

/**
 * Tries a deployment from the outside, in the order of what depends on what: pages and table, webhooks, and with a
 * test repository one command from GitHub and back. All are tried, whatever comes of the first. Never throws.
 */
export async function runSmoke(
  config: SmokeConfig,
  step: (done: SmokeStep) => void,
): Promise<readonly SmokeStep[]> {
  const { trip } = config;
  const tries: Try[] = [
    { name: 'health', run: () => checkHealth(config) },
    { name: 'signature', run: () => sendPing(config) },
    ...(trip ? [{ name: 'help' as const, run: () => askForHelp(config, trip) }] : []),
  ];
  const steps: SmokeStep[] = [];
  for (const one of tries) {
    const done = await tried(one);
    steps.push(done);
    step(done);
  }
  return steps;
}

async function tried({ name, run }: Try): Promise<SmokeStep> {
  const start = performance.now();
  const ms = () => Math.round(performance.now() - start);
  try {
    return { name, ok: true, said: await run(), ms: ms() };
  } catch (error) {
    return {
      name,
      ok: false,
      said: error instanceof Error ? error.message : String(error),
      ms: ms(),
    };
  }
}
