import { expect, it } from 'vitest';
import {
  readOrganizationConfig,
  readRepoConfig,
} from '../../../core/repo-config/read-repo-config.ts';
import {
  asksForSchedule,
  letsSchedulesRun,
  setStands,
  standingSchedules,
} from '../../../core/repo-config/standing-schedules.ts';
import type { ScheduleSource } from '../../../core/request.ts';

const organization = (text: string) => ({ ...readOrganizationConfig(text), file: 'shared' });
const repository = (text: string) => ({ ...readRepoConfig(text), file: 'own' });
const here = { id: 1, owner: 'acme', name: 'web', private: true };
const own: ScheduleSource = {
  type: 'schedule',
  installation_id: 9,
  repository: here,
  url: 'u',
  name: 'nightly',
  due_at: 0,
};
const shared = { ...here, id: 2, name: '.github' };
const set: ScheduleSource = { ...own, repository: shared, name: 'all', set: true };
const schedule = 'schedule: [{name: nightly, prompt: deps, cron: 0 3 * * *}]';
const sets = 'sets: {all: {repositories: [Acme/Web], prompt: x, schedule: {cron: 0 3 * * *}}}';

it("stand in a repository's own file, and for sets in the organization's", () => {
  const files = { organization: organization(sets), repository: repository(schedule) };
  const nightly = { name: 'nightly', prompt: 'deps', cron: '0 3 * * *' };
  expect(standingSchedules(files, { sharedFile: false })).toEqual([nightly]);
  const all = { name: 'all', prompt: 'x', cron: '0 3 * * *', set: ['Acme/Web'] };
  expect(standingSchedules(files, { sharedFile: true })).toEqual([all]);
});

it('need a prompt in a set', () => {
  const { problems } = readOrganizationConfig(sets.replace('prompt: x, ', ''));
  expect(problems.map(({ text }) => text).join()).toContain('needs a `prompt` beside it');
});

it('are for the repository that has them, and for those of the account that accept the set', () => {
  const { config } = repository(`${schedule}\naccept_sets: [all]\n`);
  const work = { source: own, repository: here };
  expect(asksForSchedule(config, work)).toBe(true);
  expect(asksForSchedule({}, work)).toBe(false);
  expect(asksForSchedule(config, { ...work, repository: { ...here, id: 3 } })).toBe(false);
  expect(asksForSchedule(config, { source: set, repository: here })).toBe(true);
  expect(asksForSchedule({}, { source: set, repository: here })).toBe(false);
  const other = { ...here, owner: 'globex' };
  expect(asksForSchedule(config, { source: set, repository: other })).toBe(false);
  const { config: given } = organization(sets);
  expect(setStands(given, { source: set, repository: here })).toBe(true);
  expect(setStands(given, { source: set, repository: { ...here, name: 'api' } })).toBe(false);
  expect(setStands({}, { source: set, repository: here })).toBe(false);
});

it.each([
  { theirs: '', its: '', alone: true, inSets: true },
  { theirs: '', its: 'allowed: [me]', alone: true, inSets: true },
  { theirs: '', its: 'allowed: []', alone: false, inSets: false },
  { theirs: '', its: 'allowed: 7', alone: false, inSets: false },
  { theirs: 'allowed: [acme/core]', its: '', alone: false, inSets: true },
  { theirs: 'permission: admin', its: '', alone: false, inSets: true },
  { theirs: 'permission: write', its: '', alone: true, inSets: true },
  { theirs: 'allowed: []', its: '', alone: false, inSets: false },
])(
  'run alone: $alone, in sets: $inSets, with "$theirs" of the organization and "$its" of the repository',
  ({ theirs, its, alone, inSets }) => {
    const files = { organization: organization(theirs), repository: repository(its) };
    expect(letsSchedulesRun(files, false)).toBe(alone);
    expect(letsSchedulesRun(files, true)).toBe(inSets);
  },
);
