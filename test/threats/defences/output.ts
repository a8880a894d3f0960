import { playedIn } from './defence.ts';

export const outputDefences = playedIn({ entry: 'output' }, [
  {
    name: 'redact_base64',
    what: 'a key leaves in base64',
    edits: [{ file: 'core/redact.ts', find: '    ...base64Forms(bytes),\n', replace: '' }],
    guard: 'output/summary-key-base64-1',
  },
  {
    name: 'redact_hex',
    what: 'a key leaves in hex',
    edits: [{ file: 'core/redact.ts', find: '    hex.toUpperCase(),\n', replace: '' }],
    guard: 'output/summary-key-hex-upper',
  },
  {
    name: 'redact_reversed',
    what: 'a key leaves backwards',
    edits: [
      {
        file: 'core/redact.ts',
        find: "    Array.from(value).toReversed().join(''),\n",
        replace: '',
      },
    ],
    guard: 'output/summary-key-reversed',
  },
  {
    name: 'secret_shapes',
    what: 'a token of somebody is published',
    edits: [
      {
        file: 'core/secret-patterns.ts',
        find: "{ kind: 'github_token', regex: /gh[pousr]_",
        replace: "{ kind: 'github_token', regex: /gh[0]_",
      },
    ],
    guard: 'output/patch-ghp',
  },
  {
    name: 'title_mentions',
    what: 'a title notifies people',
    edits: [
      {
        file: 'worker/publish/words.ts',
        find: "    .replaceAll(/@(?=[A-Za-z0-9])/g, '')\n",
        replace: '',
      },
    ],
    guard: 'output/title-mention',
  },
  {
    name: 'checks_not_skipped',
    what: 'a commit message skips all checks',
    edits: [{ file: 'worker/publish/words.ts', find: "'($1)');", replace: "'[$1]');" }],
    guard: 'output/title-skip-ci',
  },
]);
