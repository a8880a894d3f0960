import { parseDocument } from 'yaml';
import { z } from 'zod';
import { isWorkflow } from './manifest.ts';
import type { CheckKind, DetectedCommand } from './verification.ts';
import { isFit } from './verification-sources.ts';

const Step = z.object({
  run: z.string().optional(),
  'working-directory': z.string().optional(),
  shell: z.string().optional(),
});
const Workflow = z.object({
  on: z.unknown(),
  jobs: z.record(z.string(), z.object({ steps: z.array(Step).optional() })),
});

// Tools that check what is there. A command counts when it begins with one of them.
const tools: readonly (readonly [CheckKind, RegExp])[] = [
  [
    'test',
    /^(?:(?:npm|pnpm|yarn|bun) (?:run )?test(?::\S+)?|make (?:test|tests|check)|node --test|(?:uv run |poetry run )?(?:python3? -m )?(?:pytest|unittest)|cargo test|go test|bundle exec (?:rspec|rake test)|(?:vendor\/bin\/|\.\/vendor\/bin\/)?phpunit|composer test|mix test|dotnet test --no-restore|ctest|deno test|(?:npx )?(?:vitest run|jest|mocha))(?=\s|$)/,
  ],
  [
    'types',
    /^(?:(?:npm|pnpm|yarn|bun) run (?:typecheck|type-check|check-types)|(?:npx )?tsc|mypy)(?=\s|$)/,
  ],
  [
    'lint',
    /^(?:(?:npm|pnpm|yarn|bun) (?:run )?lint|make lint|(?:npx )?(?:eslint|oxlint|biome check)|ruff check|flake8|golangci-lint run|go vet|cargo clippy|rubocop)(?=\s|$)/,
  ],
];

/** Commands that workflows run for pushes and pull requests, in the order of the workflows' names. */
export function ciCandidates(texts: ReadonlyMap<string, string>): DetectedCommand[] {
  return [...texts]
    .filter(([path]) => isWorkflow(path))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, text]) =>
      linesOf(text).flatMap((command) => {
        const kind = kindOf(command);
        return kind === undefined ? [] : [{ command, source: path, kind }];
      }),
    );
}

/** Only plain commands: no expressions of the workflow, no variables, pipes or lists. */
function kindOf(command: string): CheckKind | undefined {
  if (command.length > 200 || /[$|&;<>`\\(){}]/.test(command) || !isFit(command)) return undefined;
  return tools.find(([, pattern]) => pattern.test(command))?.[0];
}

function linesOf(text: string): string[] {
  const workflow = Workflow.safeParse(yaml(text));
  if (!workflow.success || !isForChanges(workflow.data.on)) return [];
  return Object.values(workflow.data.jobs)
    .flatMap(({ steps = [] }) => steps)
    .filter((step) => step['working-directory'] === undefined && step.shell === undefined)
    .flatMap((step) => singleCommand(step.run ?? ''))
    .map((line) => line.replaceAll(/\s+/g, ' ').trim());
}

/** The lines of a step, unless one of them changes where or how the others run. */
function singleCommand(run: string): string[] {
  const lines = run
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.some((line) => /^(?:cd|export|set|source|if|for|while|\.)\b|\\$/.test(line))
    ? []
    : lines;
}

const triggers = ['push', 'pull_request'];

function isForChanges(on: unknown): boolean {
  if (typeof on === 'string') return triggers.includes(on);
  if (Array.isArray(on)) return triggers.some((trigger) => on.includes(trigger));
  return typeof on === 'object' && on !== null && triggers.some((trigger) => trigger in on);
}

function yaml(text: string): unknown {
  try {
    const value: unknown = parseDocument(text, { logLevel: 'silent' }).toJS({ maxAliasCount: 10 });
    return value;
  } catch {
    // A broken workflow gives no commands away.
    return undefined;
  }
}
