import { Policy } from '../../core/policy.ts';
import { effectiveSettings, serverSettings } from '../../core/repo-config/effective-settings.ts';
import { readRepoConfig, unreadableConfig } from '../../core/repo-config/read-repo-config.ts';
import type { JobSettings } from '../../core/repo-config/settings.ts';
import type { StartOptions } from './options.ts';
import type { PersonsGit, SourceFolder } from './source-folder.ts';

const file = '.github/cody.yml';

/** What holds for runs that were started before settings were kept. */
export function defaultSettings(): JobSettings {
  return serverSettings(Policy.parse({}));
}

/**
 * What the checkout's own `.github/cody.yml` makes of a run: as the product would, with its defaults in the place of a
 * server's policy. What the person asked for wins over the file; who may use the repository is of no matter here.
 */
export async function folderSettings(
  git: PersonsGit,
  source: SourceFolder,
  options: StartOptions,
): Promise<JobSettings> {
  const found = await git.file({ ...source, path: file, withChanges: options.withChanges });
  const read = found.type === 'file' ? readRepoConfig(found.text) : undefined;
  const other = found.type === 'other' ? unreadableConfig('is no file') : undefined;
  const repository = read ?? other;
  const { model, effort } = options;
  const { settings } = effectiveSettings({
    policy: Policy.parse({}),
    ...(repository ? { repository: { ...repository, file } } : {}),
    request: { effort },
  });
  const { turns = settings.limits.turns, minutes = settings.limits.minutes } = options;
  return {
    ...settings,
    ...(model === undefined ? {} : { model }),
    limits: { ...settings.limits, turns, minutes },
  };
}
