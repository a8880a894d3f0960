import { fileURLToPath } from 'node:url';
import { runProcess } from '../../core/process.ts';
import { childEnv } from '../support/child-env.ts';
import { bugEnv } from './bugs/bug-env.ts';
import type { ModelCase, ModelResult } from './model/run-model.ts';

/** One that takes longer hangs. */
const longestMs = 180_000;

/** Plays one case of the model in a process of its own, with a bug in it if one is named. Throws when that ends badly. */
export async function playModel(given: ModelCase, bug?: string): Promise<ModelResult> {
  const main = fileURLToPath(new URL('./model/main.ts', import.meta.url));
  const env = bug === undefined ? childEnv : { ...childEnv, ...bugEnv(bug) };
  const spec = { command: process.execPath, args: [main, JSON.stringify(given)], env };
  const { exitCode, stdout, stderr } = await runProcess(spec, { timeoutMs: longestMs });
  if (exitCode !== 0) throw new Error(`The model ended with ${exitCode}: ${stderr.toString()}`);
  return JSON.parse(stdout.toString()) as ModelResult;
}
