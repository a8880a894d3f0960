import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { runProcess } from '../../../core/process.ts';
import { root, tool } from '../../support/tool.ts';
import { planEnvironment, settingsOfAMachine } from './plan-environment.ts';

/** One resource as Pulumi would make it. `inputs` are plain: texts that hold JSON are read. */
export type Resource = Readonly<{ type: string; name: string; inputs: Record<string, unknown> }>;

/** Everything that a deployment of a stage would make, sorted by type and name. */
export type Plan = Readonly<{
  stage: string;
  app: z.infer<typeof App>;
  outputs: unknown;
  resources: readonly Resource[];
}>;

/** The stages that are planned: the protected one, its rehearsal, and one for a pull request. */
export const stages = ['production', 'staging', 'preview'] as const;

/** What sst.config.ts says of the stage as a whole. */
const App = z.object({ removal: z.string(), protect: z.boolean(), home: z.string() });

const Written = z.object({
  stage: z.string(),
  app: App,
  outputs: z.unknown(),
  resources: z.array(
    z.object({ type: z.string(), name: z.string(), inputs: z.record(z.string(), z.unknown()) }),
  ),
});

const program = fileURLToPath(new URL('plan-program.ts', import.meta.url));

/**
 * Plans a stage in a process of its own, whatever is set in the environment of this one, with these settings of a
 * deployment. Throws with what the process said when it fails.
 */
export async function makePlan(
  stage: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Plan> {
  const folder = mkdtempSync(join(tmpdir(), 'cody-plan-'));
  try {
    const file = join(folder, 'plan.json');
    const node = tool('node', [program, stage, file]);
    // As on a runner that has set much of what a deployment reads: all of that has to be left out.
    const env = { ...planEnvironment({ ...node.env, ...settingsOfAMachine }), ...settings };
    const result = await runProcess(
      { ...node, command: process.execPath, env },
      { timeoutMs: 120_000 },
    );
    if (result.exitCode !== 0) throw new Error(`Planning ${stage}: ${result.stderr.toString()}`);
    const written = Written.parse(JSON.parse(readFileSync(file, 'utf8')));
    const resources = written.resources.map(({ type, name, inputs }) => ({
      type,
      name,
      inputs: Object(plain(inputs)),
    }));
    return { ...written, resources: resources.toSorted(byTypeAndName) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function byTypeAndName(one: Resource, other: Resource): number {
  const key = (resource: Resource) => `${resource.type} ${resource.name}`;
  return key(one) < key(other) ? -1 : 1;
}

/** How Pulumi marks a value that a state file would encrypt. */
const secretMark = '4dabf18193072939515e22adb298388d';

/** Reads JSON in texts, and takes out what changes without any change of ours: places of this machine, hashes of code. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (secretMark in value && 'value' in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

function plainText(text: string): unknown {
  if (/^[[{]/.test(text)) {
    try {
      return plain(JSON.parse(text));
    } catch {
      // A text that only looks like it.
    }
  }
  if (text.length > 2_000) return `${text.length} characters`;
  return text
    .replaceAll(root.replace(/\/$/, ''), '<repository>')
    .replace(/-code-[0-9a-f]{64}\.zip$/, '-code.zip');
}
