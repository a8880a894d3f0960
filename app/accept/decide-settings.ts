import { type ConfigFiles, effectiveSettings } from '../../core/repo-config/effective-settings.ts';
import { accessRefusal, type Asker } from '../../core/repo-config/may-use.ts';
import type { JobSettings } from '../../core/repo-config/settings.ts';
import type { Policy } from '../../core/policy.ts';
import type { PromptCommand } from './decide.ts';
import type { Problem } from './problem.ts';

/** The files that speak for a target, and who asks as far as they want to know. */
export type SettingsFacts = Readonly<{
  files: ConfigFiles;
  /** Undefined where nobody asks, because the files themselves started it. */
  asker: Omit<Asker, 'permission'> | undefined;
}>;

type Facts = Readonly<{
  named: string;
  permission: Asker['permission'];
  settings: SettingsFacts;
  command: PromptCommand;
  policy: Policy;
}>;

/** What the files make of a job in this target, and what of the command they do not allow. Pure. */
export function decideSettings({ named, permission, settings, command, policy }: Facts): Readonly<{
  settings: JobSettings;
  problems: readonly Problem[];
}> {
  const { files, asker } = settings;
  const { model, effort, draft, path } = command;
  const refusal = asker && accessRefusal(files, { ...asker, permission });
  const made = effectiveSettings({
    ...files,
    policy,
    request: { model, effort, draft, paths: path === undefined ? [] : [path] },
  });
  // Whoever may not use it hears nothing else of its files; a model that the server lacks is told once for all.
  const problems: readonly Problem[] = refusal
    ? [{ type: 'access', named, refusal }]
    : made.refusals
        .filter((one) => one.type !== 'model_not_allowed' || isServers(one.model, policy))
        .map((one) => ({ type: 'settings', named, refusal: one }));
  return { settings: made.settings, problems };
}

function isServers(model: string, policy: Policy): boolean {
  return model === policy.model || policy.models.includes(model);
}
