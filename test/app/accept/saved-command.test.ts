import { describe, expect, it } from 'vitest';
import { namedPrompts, savedCommand } from '../../../app/accept/saved-command.ts';
import { promptsReply } from '../../../app/prompt-replies.ts';
import {
  readOrganizationConfig,
  readRepoConfig,
} from '../../../core/repo-config/read-repo-config.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function files(repository: string, organization = '', untold = false) {
  return {
    repository: { ...readRepoConfig(bytes(repository)), file: '.github/cody.yml' },
    organization: {
      ...readOrganizationConfig(bytes(organization)),
      file: 'cody.yml of acme/.github',
      untold,
    },
  };
}

const run = (name: string, given: ReturnType<typeof files>) =>
  savedCommand({ type: 'run', name }, given);

describe('a saved prompt', () => {
  it('runs with its own wishes', () => {
    const given = files(
      'prompts:\n  deps:\n    prompt: Update the dependencies\n    model: claude-haiku-5-5\n    effort: low\n    budget: 1.5\n    plan: true\n',
    );
    expect(run('deps', given)).toEqual({
      type: 'found',
      command: {
        type: 'prompt',
        prompt: 'Update the dependencies',
        repositories: [],
        open_pull_request: true,
        model: 'claude-haiku-5-5',
        effort: 'low',
        budget_micro_usd: 1_500_000,
        plan: true,
      },
    });
  });

  it("hides the organization's one of the same name", () => {
    const given = files(
      'prompts:\n  tidy: Tidy this\n',
      'prompts:\n  tidy: Tidy all\n  more: More\n',
    );
    expect(run('tidy', given)).toMatchObject({ command: { prompt: 'Tidy this' } });
    expect(run('more', given)).toMatchObject({ command: { prompt: 'More' } });
  });

  it('is not there under another name', () => {
    expect(run('tody', files('prompts:\n  tidy: Tidy\n'))).toEqual({
      type: 'unknown',
      names: ['tidy'],
    });
  });
});

describe('a set with a prompt', () => {
  const organization =
    'prompts:\n  tidy: Tidy all\nsets:\n  services:\n    repositories: [acme/api, acme/web]\n    prompt: tidy\n  bare:\n    repositories: [acme/api]\n';

  it('runs by its name in its repositories', () => {
    expect(run('services', files('', organization))).toMatchObject({
      type: 'found',
      command: { prompt: 'Tidy all', set: 'services' },
    });
  });

  it('is listed with its repositories, one without a prompt is not', () => {
    expect(
      namedPrompts(files('', organization)).map(({ name, description }) => [name, description]),
    ).toEqual([
      ['tidy', undefined],
      ['services', 'in acme/api, acme/web'],
    ]);
    expect(run('bare', files('', organization))).toMatchObject({ type: 'unknown' });
  });

  it('of a private file is not listed in public, and runs there without being told', () => {
    const given = files('prompts:\n  own: Own text\n', organization, true);
    expect(namedPrompts(given).map(({ name }) => name)).toEqual(['own']);
    expect(promptsReply(namedPrompts(given), [])).toContain('Own text');
    const told = { excerpt: '/cody run services', untold: true };
    expect(run('services', given)).toMatchObject({ command: { prompt: 'Tidy all', ...told } });
    expect(run('tidy', given)).toMatchObject({ command: { excerpt: '/cody run tidy' } });
    expect(run('own', given)).not.toMatchObject({ command: { untold: true } });
  });
});
