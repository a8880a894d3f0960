import { expect, it } from 'vitest';
import type { ConfigFiles } from '../../../core/repo-config/effective-settings.ts';
import { accessRefusal } from '../../../core/repo-config/may-use.ts';

const asker = { id: 7, permission: 'write', teams: [] } as const;
const base = { config: {}, problems: [], untold: false };
const unreadable = { ...base, file: 'cody.yml of acme/.github', access: { type: 'unreadable' } };
const closed = { ...base, file: '.github/cody.yml', access: { type: 'read', allowed: [8] } };
const open = { ...closed, access: { type: 'read', allowed: [7] } };

it.each([
  ['a readable file that refuses decides, whatever the other one is', closed, 'not_allowed'],
  ['a file that cannot be read allows nobody', open, 'access_unreadable'],
])('%s', (_, repository, type) => {
  const files = { organization: unreadable, repository } as unknown as ConfigFiles;
  expect(accessRefusal(files, asker)?.type).toBe(type);
});
