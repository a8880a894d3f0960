import { codeSpan } from '../core/render/markdown.ts';
import { modelLine } from '../core/render/model-text.ts';
import type { SettingsRefusal } from '../core/repo-config/effective-settings.ts';
import type { AccessRefusal } from '../core/repo-config/may-use.ts';

/* The sentences of refusals that come from `cody.yml`. */

/** Why a person may not use a repository, and what to do about it. */
export function accessSentence(repository: string, refusal: AccessRefusal): string {
  const [named, file] = [codeSpan(repository), codeSpan(refusal.file)];
  switch (refusal.type) {
    case 'access_unreadable':
      return `${named} can't be used while ${file} doesn't say readably who may use it${refusal.why === undefined ? '' : ` (${modelLine(refusal.why.replace(/\.$/, ''))})`}. Correct the file on the default branch.`;
    case 'permission_too_low':
      return `${named} is for those with ${refusal.least === undefined ? 'a higher permission' : `the permission ${codeSpan(refusal.least)}`} there, as ${file} says. Ask a maintainer of that repository.`;
    case 'not_allowed':
      return `You are not among those who may use ${named}, as ${codeSpan('allowed:')} in ${file} says. Ask a maintainer of that repository. If you are in a team that stands there, the App lacks the members permission (read).`;
  }
}

/** What of a command the files of a repository do not allow. */
export function settingsSentence(repository: string, refusal: SettingsRefusal): string {
  const named = codeSpan(repository);
  switch (refusal.type) {
    case 'model_not_allowed': {
      const { model, models } = refusal;
      if (!models)
        return `${codeSpan(model)} may not be used in ${named}, as its organization says. Leave out ${codeSpan('--model')} for the one that it uses.`;
      if (models.length === 0)
        return `No model of this server may be used in ${named}. Correct ${codeSpan('models:')} in its ${codeSpan('cody.yml')} or its organization's.`;
      return `${codeSpan(model)} may not be used in ${named}. It allows ${models.map(codeSpan).join(', ')}.`;
    }
    case 'path_outside':
      if (!refusal.paths)
        return `${codeSpan(refusal.path)} is outside of what may be changed in ${named}, as its organization says. Leave out ${codeSpan('--path')} to work where it allows.`;
      return `${codeSpan(refusal.path)} is outside of what may be changed in ${named}: ${refusal.paths.map(codeSpan).join(', ')}.`;
  }
}
