import { join } from 'node:path';
import type { Actor, ActorTurn } from '../../../local/standin/anthropic/actor.ts';
import { canaries, plantedDeep } from '../canaries.ts';
import type { CaseOf } from '../case.ts';

type ToolsCase = CaseOf<'tools'>;

/** A case with the ids of its calls, in the job that plays it. */
export type Played = Readonly<{
  one: ToolsCase;
  marker: string;
  turn: ActorTurn;
  ids: readonly string[];
}>;

/** Makes a turn of the model of a case: what it needs, its calls, and a little progress. */
export function prepared(given: ToolsCase, index: number, dataDir: string): Played {
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
  // Written by a tool that is there without a shell too.
  const progress = { file_path: `progress/${index}.txt`, content: `${index}\n` };
  const after = [{ name: 'write', input: progress }];
  const toolUses = [...before, ...one.calls, ...after].map((call, at) => ({
    ...call,
    id: `toolu_${one.id.replaceAll(/[^a-z0-9]/g, '_')}_${at}`,
  }));
  return { one, marker, turn: { thinking: 'Next.', toolUses }, ids: toolUses.map(({ id }) => id) };
}

/** A model that plays them; the first job keeps a file of its own that the second one must never see. */
export function actorOf(others: readonly Played[], hunts: readonly Played[]): Actor {
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
