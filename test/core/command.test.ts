import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Command, parseCommand } from '../../core/command.ts';
import { renderCommand } from '../../core/command/render-command.ts';

function prompt(body: string) {
  const parsed = parseCommand(body);
  if (parsed.type !== 'command' || parsed.command.type !== 'prompt')
    throw new Error(JSON.stringify(parsed));
  return parsed.command;
}

describe('where a command counts', () => {
  it.each([
    ['alone', '/cody Fix it'],
    ['below other text', 'Hello,\n/cody Fix it'],
    ['after a blank line', 'Hello.\n\n/cody Fix it'],
    ['indented by three spaces', '   /cody Fix it'],
    ['with Windows line ends', 'Hello\r\n/cody Fix it\r\n'],
    ['after a byte order mark', '\uFEFF/cody Fix it'],
    ['before a no-break space', '/cody\u00A0Fix it'],
    ['with the prompt on the next line', '/cody\nFix it'],
    ['below a closed code block', '```\ncode\n```\n/cody Fix it'],
    ['below a quote and a blank line', '> quoted\n\n/cody Fix it'],
    ['beside an unpaired backtick', 'It`s broken\n/cody Fix it'],
    ['beside an escaped backtick', 'a \\` b\n/cody Fix it'],
  ])('counts %s', (_, body) => {
    expect(prompt(body).prompt).toBe('Fix it');
  });

  it.each([
    ['in a fenced block', '```\n/cody Fix it\n```', 'in_code'],
    ['in an open fenced block', '~~~\n/cody Fix it', 'in_code'],
    ['in an indented block', '    /cody Fix it', 'in_code'],
    ['in a code span over lines', 'a `b\n/cody Fix it\nc`', 'in_code'],
    ['in a quote', '> /cody Fix it', 'in_quote'],
    ['in a continued quote', '> quoted\n/cody Fix it', 'in_quote'],
    ['in a list', '- one\n/cody Fix it', 'in_list'],
    ['in an HTML comment', '<!--\n/cody Fix it\n-->', 'in_html'],
    ['in an HTML block', '<details>\n/cody Fix it\n</details>', 'in_html'],
    ['in an inline HTML comment', 'a <!-- b\n/cody Fix it\n--> c', 'in_code'],
    ['inside of a line', 'please /cody Fix it', 'elsewhere'],
    ['in an address', 'see https://example.test/cody for more', 'not_addressed'],
    ['as part of a word', '/codyx Fix it', 'not_addressed'],
    ['in the title of a link', '[x](y "\n/cody Fix it")', 'in_code'],
    ['in a heading', '# /cody Fix it', 'elsewhere'],
    ['nowhere', 'Thanks for the report.', 'not_addressed'],
    ['in nothing', '', 'not_addressed'],
  ])('does not count %s', (_, body, reason) => {
    expect(parseCommand(body)).toEqual({ type: 'none', reason });
  });

  it('refuses a second one at the top level', () => {
    expect(parseCommand('/cody Fix it\n\nand\n\n/cody Fix that')).toEqual({ type: 'two_commands' });
  });

  it('takes one that is quoted below the prompt as part of the prompt', () => {
    expect(prompt('/cody Explain:\n\n> /cody Fix it').prompt).toBe('Explain:\n\n> /cody Fix it');
  });
});

describe('the prompt', () => {
  it('runs to the end of the comment with its code blocks as they are', () => {
    const text = 'Fix this:\n\n```js\n  a  =  1\n```\n\n- one\n- two';
    expect(prompt(`/cody ${text}\n`).prompt).toBe(text);
  });

  it.each([
    'status page shows the wrong time',
    'help me with the tests',
    'cancel the order when it is empty',
    'run the tests and fix what fails',
    'retry failed uploads',
    'status code is wrong',
    'approve the draft',
    'rebase onto main',
    'run Tests',
    'usage examples',
  ])('is "%s", although it starts like a subcommand', (text) => {
    expect(prompt(`/cody ${text}`).prompt).toBe(text);
  });

  it('may start like an option or a subcommand after two dashes', () => {
    expect(prompt('/cody -- --verbose does nothing').prompt).toBe('--verbose does nothing');
    expect(prompt('/cody -- help').prompt).toBe('help');
  });
});

describe('options', () => {
  it('are read before the first word only', () => {
    const read = prompt(
      '/cody --repo acme/web --repo acme/api@release/2 --base main --model m-1 --effort low --budget 1.50 --draft Fix --no-pr',
    );
    expect(read).toEqual({
      type: 'prompt',
      prompt: 'Fix --no-pr',
      repositories: [
        { owner: 'acme', name: 'web' },
        { owner: 'acme', name: 'api', branch: 'release/2' },
      ],
      base: 'main',
      model: 'm-1',
      effort: 'low',
      budget_micro_usd: 1_500_000,
      draft: true,
      open_pull_request: true,
    });
  });

  it('name accounts that an enterprise manages', () => {
    expect(prompt('/cody --repo person_acme/web Fix it').repositories).toEqual([
      { owner: 'person_acme', name: 'web' },
    ]);
  });

  it.each(['\u2014', '\u2013'])(
    'may start with the dash %j that a phone makes of two hyphens',
    (dash) => {
      expect(prompt(`/cody ${dash}repo acme/web Fix it`)).toMatchObject({
        prompt: 'Fix it',
        repositories: [{ owner: 'acme', name: 'web' }],
      });
    },
  );

  it('may have their value after an equals sign', () => {
    expect(prompt('/cody --budget=$2 --ready Fix it')).toMatchObject({
      budget_micro_usd: 2_000_000,
      draft: false,
    });
  });

  it('name a folder with or without slashes around it', () => {
    for (const path of ['packages/web', './packages/web', 'packages/web/', '/packages/web'])
      expect(prompt(`/cody --path ${path} Fix it`).path).toBe('packages/web');
  });

  it('ask for a plan, a set of repositories and public targets', () => {
    expect(prompt('/cody --plan --set services --allow-public Fix it')).toMatchObject({
      plan: true,
      set: 'services',
      allow_public: true,
    });
  });

  it.each([
    ['--rep a/b x', { type: 'unknown_option', option: '--rep', nearest: '--repo' }],
    ['--budge 1 x', { type: 'unknown_option', option: '--budge', nearest: '--budget' }],
    ['--path ../x x', { type: 'bad_value', option: '--path', value: '../x' }],
    ['--path a//b x', { type: 'bad_value', option: '--path', value: 'a//b' }],
    ['--path .git/hooks x', { type: 'bad_value', option: '--path', value: '.git/hooks' }],
    ['--set All x', { type: 'bad_value', option: '--set', value: 'All' }],
    ['--set all --repo a/b x', { type: 'conflicting_options', options: ['--set', '--repo'] }],
    ['--plan --no-pr x', { type: 'conflicting_options', options: ['--plan', '--no-pr'] }],
    ['--plan=yes x', { type: 'needless_value', option: '--plan' }],
    ['--repo', { type: 'missing_value', option: '--repo' }],
    ['--repo --draft x', { type: 'missing_value', option: '--repo' }],
    ['--repo web x', { type: 'bad_value', option: '--repo', value: 'web' }],
    ['--repo a/../b x', { type: 'bad_value', option: '--repo', value: 'a/../b' }],
    ['--repo a/b@x..y x', { type: 'bad_value', option: '--repo', value: 'a/b@x..y' }],
    ['--base -x x', { type: 'bad_value', option: '--base', value: '-x' }],
    ['--effort extreme x', { type: 'bad_value', option: '--effort', value: 'extreme' }],
    ['--budget 0 x', { type: 'bad_value', option: '--budget', value: '0' }],
    ['--budget -1 x', { type: 'bad_value', option: '--budget', value: '-1' }],
    ['--budget 1e3 x', { type: 'bad_value', option: '--budget', value: '1e3' }],
    ['--draft=yes x', { type: 'needless_value', option: '--draft' }],
    ['--budget 1 --budget 2 x', { type: 'repeated_option', option: '--budget' }],
    ['--draft --ready -- x', { type: 'conflicting_options', options: ['--draft', '--ready'] }],
    ['--draft --ready x', { type: 'conflicting_options', options: ['--draft', '--ready'] }],
    ['--no-pr --draft x', { type: 'conflicting_options', options: ['--no-pr', '--draft'] }],
    [`${'--repo a/b '.repeat(6)}x`, { type: 'too_many_repositories', count: 6 }],
    [`${'--repo a/b '.repeat(6)}-- x`, { type: 'too_many_repositories', count: 6 }],
    ['--constructor x', { type: 'unknown_option', option: '--constructor' }],
    ['', { type: 'empty_prompt' }],
    ['approve', { type: 'missing_argument', command: 'approve' }],
    ['Approve 01234', { type: 'missing_argument', command: 'approve' }],
    ['run', { type: 'missing_argument', command: 'run' }],
    ['--draft', { type: 'empty_prompt' }],
  ])('has a problem in "%s"', (text, problem) => {
    expect(parseCommand(`/cody ${text}`)).toMatchObject({ type: 'usage', problem });
  });
});

describe('subcommands', () => {
  it.each([
    ['help', { type: 'help' }],
    ['status', { type: 'status' }],
    ['status 0123456789', { type: 'status', id: '0123456789' }],
    ['usage', { type: 'usage' }],
    ['prompts', { type: 'prompts' }],
    ['run nightly-deps', { type: 'run', name: 'nightly-deps' }],
    ['approve 0123456789', { type: 'approve', id: '0123456789' }],
    ['rebase', { type: 'rebase' }],
    ['rebase 0123456789', { type: 'rebase', id: '0123456789' }],
    ['continue', { type: 'continue' }],
    ['continue 0123456789', { type: 'continue', id: '0123456789' }],
    ['retry', { type: 'retry' }],
    ['retry abcdefghjk', { type: 'retry', id: 'abcdefghjk' }],
    ['retry acme/web', { type: 'retry', repository: { owner: 'acme', name: 'web' } }],
    ['cancel', { type: 'cancel' }],
    ['cancel abcdefghjk', { type: 'cancel', id: 'abcdefghjk' }],
    ['cancel acme/web', { type: 'cancel', repository: { owner: 'acme', name: 'web' } }],
  ])('reads %s', (text, command) => {
    expect(parseCommand(`/cody ${text}`)).toEqual({ type: 'command', command });
  });
});

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/);
const branch = fc.stringMatching(/^[a-z][a-z0-9_-]{0,9}(\/[a-z0-9]{1,5})?$/);
const id = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{10}$/);
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 200 })
  .map((value) => value.replaceAll(/\r\n?/g, '\n').trim())
  .filter((value) => value !== '' && !value.includes('/cody'));

const savedName = fc.stringMatching(/^[a-z][a-z0-9_-]{0,15}$/);
const flag = fc.constant(true);
const repositories = fc.array(
  fc.record({ owner: name, name, branch }, { requiredKeys: ['owner', 'name'] }),
  { maxLength: 5 },
);

/** All prompts that contradict nothing. */
const anyPrompt = fc
  .record(
    {
      type: fc.constant('prompt' as const),
      prompt: text,
      repositories,
      set: savedName,
      base: branch,
      path: branch,
      model: name,
      effort: fc.constantFrom('low' as const, 'high' as const),
      budget_micro_usd: fc.integer({ min: 1, max: 1_000_000_000 }),
      open_pull_request: fc.boolean(),
      draft: fc.boolean(),
      plan: flag,
      allow_public: flag,
    },
    { requiredKeys: ['type', 'prompt', 'repositories', 'open_pull_request'] },
  )
  .filter(({ set, repositories }) => set === undefined || repositories.length === 0)
  .filter(
    ({ open_pull_request, draft, plan }) => open_pull_request || !(plan || draft !== undefined),
  );

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.constantFrom<Command>({ type: 'help' }, { type: 'usage' }, { type: 'prompts' }),
  fc.record({ type: fc.constant('run' as const), name: savedName }),
  fc.record({ type: fc.constant('approve' as const), id }),
  ...(['status', 'continue', 'rebase', 'retry', 'cancel'] as const).map((type) =>
    fc.record({ type: fc.constant(type), id }, { requiredKeys: ['type'] }),
  ),
  ...(['retry', 'cancel'] as const).map((type) =>
    fc.record({ type: fc.constant(type), repository: fc.record({ owner: name, name }) }),
  ),
  anyPrompt,
);

describe('for any text', () => {
  it('reads the same command from what it renders', () => {
    fc.assert(
      fc.property(anyCommand, (command) => {
        expect(parseCommand(renderCommand(command))).toEqual({ type: 'command', command });
      }),
      { numRuns: 1_000 },
    );
  });

  it('never throws, and what it accepts fits the schema', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/cody',
        '\n',
        '\r\n',
        ' ',
        '`',
        '```',
        '> ',
        '- ',
        '<!--',
        '-->',
        '--repo',
        '=',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const parsed = parseCommand(pieces.join(''));
        if (parsed.type === 'command') expect(Command.safeParse(parsed.command).success).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['quotes in quotes', '>'],
    ['lists in lists', '1. '],
    ['open HTML comments', 'a<!--'],
    ['backticks', '`` ``` ` '],
    ['brackets', '![['],
    ['hidden commands', '`\n/cody x\n'],
  ])('reads a comment of the longest kind full of %s', { timeout: 10_000 }, (_, unit) => {
    const body = `/cody x\n\n${unit.repeat(Math.ceil(65_000 / unit.length))}`;
    expect(['command', 'two_commands']).toContain(parseCommand(body).type);
  });
});
