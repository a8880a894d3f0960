import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What the demo was asked to do. Without `live` a scripted model answers. */
export const DemoOptions = z.object({
  once: z.boolean(),
  json: z.boolean(),
  live: z.boolean(),
  /** USD for the request. */
  budget: z.number().positive().max(100),
  /** Git URLs or folders; the two seed repositories when empty. */
  repositories: z.array(z.string()).max(5, 'at most five --repo'),
  prompt: z.string().min(1).optional(),
});
export type DemoOptions = z.infer<typeof DemoOptions>;

/** How the demo is used. */
export const demoUsage = `npm run demo                       two seed repositories, a scripted model; stays up until interrupted
npm run demo -- --once             ends after the request
npm run demo -- --once --json      prints one JSON document as its last line
npm run demo -- --live [--budget 1] [--repo <git url or folder>]... "<prompt>"
                                   the real model (needs ANTHROPIC_API_KEY) on real code`;

/** Reads the demo's arguments. Throws Error with one line per problem. */
export function readDemoOptions(argv: readonly string[]): DemoOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      live: { type: 'boolean', default: false },
      budget: { type: 'string', default: '1' },
      repo: { type: 'string', multiple: true, default: [] },
    },
  });
  const parsed = DemoOptions.safeParse({
    once: values.once,
    json: values.json,
    live: values.live,
    budget: Number(values.budget),
    repositories: values.repo,
    prompt: positionals.length > 0 ? positionals.join(' ') : undefined,
  });
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (parsed.success && parsed.data.repositories.length > 0 && !parsed.data.live) {
    problems.push('--repo goes with --live: the scripted model only knows the seed repositories');
  }
  if (
    parsed.success &&
    parsed.data.live &&
    parsed.data.repositories.length > 0 &&
    !parsed.data.prompt
  ) {
    problems.push('--live with --repo needs a prompt');
  }
  if (problems.length > 0 || !parsed.success) throw new Error(problems.join('\n'));
  return parsed.data;
}
