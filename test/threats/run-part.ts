import { fileURLToPath } from 'node:url';
import { runProcess } from '../../core/process.ts';
import { childEnv } from '../support/child-env.ts';
import { canaries } from './canaries.ts';
import { type Verdict, verdict } from './case.ts';
import type { Part } from './play.ts';

type Options = Readonly<{
  places: readonly string[];
  id?: string | undefined;
  quick: boolean;
  /** A defence that is switched off. */
  off?: string;
  /** Another user, when this one is root. */
  uid?: number;
  timeoutMs: number;
}>;

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Plays one part in a process of its own and returns its verdicts; one that did not end is a problem. */
export async function runPart(part: Part, options: Options): Promise<readonly Verdict[]> {
  const { places, id, quick, off, uid } = options;
  const program = [
    process.execPath,
    ...(off === undefined ? [] : ['--import', file('./defences/hook.ts')]),
    file('./child.ts'),
    '--entry',
    part.entry,
    ...(part.tools === undefined ? [] : ['--tools', part.tools]),
    ...(part.kind === undefined ? [] : ['--kind', part.kind]),
    ...(id === undefined ? [] : ['--case', id]),
    ...(quick ? ['--quick'] : []),
    ...places,
  ];
  const user =
    uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const [command = '', ...args] = [...user, ...program];
  const result = await runProcess(
    {
      command,
      args,
      env: {
        ...childEnv,
        NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
        // What a worker's parent holds; nothing of it may be seen by what it starts.
        THREATS_CANARY: canaries.parent_environment,
        ANTHROPIC_API_KEY: `sk-ant-${canaries.anthropic_key}`,
        ...(off === undefined ? {} : { CODY_THREATS_OFF: off }),
      },
      group: true,
    },
    { timeoutMs: options.timeoutMs, maxOutputBytes: 64 * 1024 * 1024 },
  );
  const lines = result.stdout.toString('utf8').split('\n').filter(Boolean);
  const read = lines.map((line) => JSON.parse(line) as Verdict | { done: true });
  const verdicts = read.filter((one): one is Verdict => 'id' in one);
  if (read.some((one) => 'done' in one)) return verdicts;
  const why = result.timedOut ? 'it took too long' : result.stderr.toString('utf8').slice(-800);
  const name = `${part.entry}/${part.tools ?? 'all'}${uid === undefined ? '' : `-as-${uid}`}`;
  return [...verdicts, verdict(part.entry, id ?? name, { problems: [`did not end: ${why}`] })];
}
