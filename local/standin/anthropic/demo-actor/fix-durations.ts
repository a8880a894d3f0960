import type { ActorTurn, ActorToolUse, Conversation } from '../actor.ts';
import { declares, type Proposal, proposeFix } from './duration-rules.ts';
import { type Expectation, findExpectations } from './expectations.ts';
import { firstLine, searchPattern, searchWords } from './prompt-words.ts';
import { inputText, type Seen } from './read-conversation.ts';
import { reportFix } from './report-fix.ts';
import { stuckTurn } from './submit-turn.ts';
import {
  type FileView,
  isTestPath,
  type TestRun,
  viewWorkspace,
  type WorkspaceView,
} from './workspace-view.ts';

const MAX_FILES = 6;
/** Refused once, an edit may need a fresh look at the file, for instance after a restart. */
const MAX_REFUSALS = 3;

/** Returns the next turn of the fix: look, read, run the tests, change one line, run them again, submit. */
export function fixDurations(conversation: Conversation, seen: Seen): ActorTurn {
  const { calls } = seen;
  if (calls.length === 0) return lookAround(seen.prompt);
  const view = viewWorkspace(calls);
  const isFirstRead = !calls.some(({ name }) => name === 'bash');
  if (isFirstRead) return readAndRun(conversation, { seen, view });
  const problem = view.unclear.find(({ path }) => path !== 'package.json');
  if (problem !== undefined) return stuckTurn(conversation, `${problem.path}: ${problem.problem}`);

  const expectations = findExpectations(view.files.filter(({ path }) => isTestPath(path)));
  const name = expectations[0]?.name;
  if (name === undefined) {
    return stuckTurn(conversation, 'no test that I have read says how a duration must look');
  }
  const source = view.files.find(({ path, lines }) => !isTestPath(path) && declares(lines, name));
  if (source === undefined) return locate(conversation, { seen, view, name });
  return workOn(conversation, { seen, view, source, name, expectations });
}

type Work = Readonly<{
  seen: Seen;
  view: WorkspaceView;
  source: FileView;
  name: string;
  expectations: readonly Expectation[];
}>;

function workOn(conversation: Conversation, work: Work): ActorTurn {
  const { seen, view, source, name, expectations } = work;
  const { calls: refused, isSeen } = view.refusals;
  const refusal = refused.at(-1);
  if (refusal !== undefined && refused.length >= MAX_REFUSALS) {
    return stuckTurn(conversation, `the edit was refused: ${firstLine(refusal.output)}`);
  }
  if (refusal !== undefined && !isSeen) return checkAgain({ seen, view, source }, 'was refused');
  const run = view.runsSinceEdit.at(-1) ?? null;
  if (run === null && view.shellProblem === null)
    return checkAgain({ seen, view, source }, 'is in');
  if (run?.exitCode === 0) return reportFix(conversation, { ...work, run });
  if (source.isStale) return { toolUses: [read(source.path)] };
  const proposal = proposeFix(source, name, expectations);
  return proposal === null
    ? reportFix(conversation, { ...work, run })
    : edit(conversation, { proposal, source, run });
}

function lookAround(prompt: string): ActorTurn {
  const words = searchWords(prompt);
  return {
    thinking: `The request: ${firstLine(prompt)} I look for the code and its tests first.`,
    toolUses: [
      { name: 'glob', input: { pattern: '**/*.{js,mjs,ts}' } },
      ...(words.length === 0 ? [] : [{ name: 'grep', input: { pattern: searchPattern(words) } }]),
      read('package.json'),
    ],
  };
}

function readAndRun(
  conversation: Conversation,
  { seen, view }: { seen: Seen; view: WorkspaceView },
): ActorTurn {
  const code = view.paths.filter((path) => !path.endsWith('.md'));
  const tests = code.filter(isTestPath);
  if (tests.length === 0) return stuckTurn(conversation, 'the searches named no test file');
  const hits = viewWorkspace(seen.calls.filter(({ name }) => name === 'grep')).paths;
  const sources = code.filter((path) => !isTestPath(path) && hits.includes(path));
  const files = [...tests.slice(0, MAX_FILES), ...sources.slice(0, MAX_FILES)];
  return {
    thinking: `I read ${files.join(', ')} and run the tests once before any change.`,
    toolUses: [...files.map(read), run(testCommand(seen))],
  };
}

function locate(
  conversation: Conversation,
  { seen, view, name }: { seen: Seen; view: WorkspaceView; name: string },
): ActorTurn {
  const pattern = `(function|const) ${name}\\b`;
  const asked = seen.calls.filter((call) => inputText(call, 'pattern') === pattern);
  if (asked.length === 0) {
    return {
      thinking: `The tests call ${name}; I look for where it is declared.`,
      toolUses: [{ name: 'grep', input: { pattern } }],
    };
  }
  const known = new Set(view.files.map(({ path }) => path));
  const next = viewWorkspace(asked).paths.filter((path) => !isTestPath(path) && !known.has(path));
  return next.length === 0
    ? stuckTurn(conversation, `I cannot find where ${name} is declared`)
    : { toolUses: next.slice(0, MAX_FILES).map(read) };
}

function checkAgain(
  { seen, view, source }: Pick<Work, 'seen' | 'view' | 'source'>,
  what: 'is in' | 'was refused',
): ActorTurn {
  const again = view.shellProblem === null ? [run(testCommand(seen))] : [];
  return {
    thinking: `The edit ${what}. I look at the tests and at the file as they are now.`,
    toolUses: [...again, read(source.path)],
  };
}

// One line at a time; the line before comes along when the line alone would not be unique.
function edit(
  conversation: Conversation,
  { proposal, source, run }: { proposal: Proposal; source: FileView; run: TestRun | null },
): ActorTurn {
  const { path, line, before, after, why } = proposal;
  const isUnique = source.lines.filter((text) => text.includes(before)).length === 1;
  const lead = isUnique ? '' : `${source.lines[line - 2] ?? ''}\n`;
  const text = source.lines.join('\n');
  if (text.split(lead + before).length !== 2) {
    return stuckTurn(conversation, `line ${line} of ${path} cannot be told from another one`);
  }
  return {
    thinking: `${failureText(run)} Line ${line} of ${path}: ${why}.`,
    toolUses: [
      {
        name: 'edit',
        input: { file_path: path, old_string: lead + before, new_string: lead + after },
      },
    ],
  };
}

function failureText(run: TestRun | null): string {
  if (run === null) return 'The tests cannot be run here, so I go by the code.';
  const expected = [...run.output.matchAll(/expected: (.+?),?$/gm)].map((match) => match[1]);
  const wanted =
    expected.length === 0 ? '' : ` They expect ${[...new Set(expected)].join(' and ')}.`;
  return `The tests end with exit code ${run.exitCode}.${wanted}`;
}

// The script of package.json itself where it is a plain node command, so that no npm is needed.
function testCommand({ calls }: Seen): string {
  const manifest = calls.find((call) => inputText(call, 'file_path') === 'package.json');
  const script = /"test":\s*"(node [^"$`;&|<>]+)"/.exec(manifest?.output ?? '')?.[1];
  return script ?? 'npm test';
}

function read(file_path: string): ActorToolUse {
  return { name: 'read', input: { file_path } };
}

function run(command: string): ActorToolUse {
  return { name: 'bash', input: { command } };
}
