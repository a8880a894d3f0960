import { expect, test } from 'vitest';
import { missingHere } from '../../../worker/job/missing-here.ts';

const failed = (output_tail: string, exit_code: number | null = 1) => ({
  exit_code,
  timed_out: false,
  output_tail,
});

const none = { network: 'none', kind: 'bubblewrap' } as const;
const host = { network: 'host', kind: 'process' } as const;

const npm = [
  'npm error code EAI_AGAIN',
  'npm error syscall getaddrinfo',
  'npm error errno EAI_AGAIN',
  'npm error request to https://registry.example.com/left-pad failed, reason: getaddrinfo EAI_AGAIN',
  'npm error A complete log of this run can be found in: /tmp/home/.npm/_logs/debug-0.log',
  '',
].join('\n');

const offline: [string, string][] = [
  ['npm', npm],
  ['npx', 'npm error npx canceled due to missing packages and no YES option: ["tsc@2.0.4"]\n'],
  ['pnpm', ' ERR_PNPM_META_FETCH_FAIL  GET https://registry.example.com/a: reason: ENOTFOUND\n'],
  [
    'yarn',
    'error An unexpected error occurred: "https://registry.example.com/a: getaddrinfo ENOTFOUND".\ninfo If you think this is a bug, open a report.\ninfo Visit https://yarn.example.com/add\n',
  ],
  ['pip', 'WARNING: Retrying\nERROR: No matching distribution found for attrs\n'],
  [
    'uv',
    'error: Failed to fetch: `https://pypi.example.com/a`\n  Caused by: dns error: failed to lookup address\n',
  ],
  [
    'cargo',
    "Caused by:\n  [6] Couldn't resolve host name (Could not resolve host: index.example.com)\n",
  ],
  [
    'go',
    'go: example.com/a@v1.0.0: Get "https://proxy.example.com/a": dial tcp: lookup proxy.example.com: no such host\n',
  ],
];
test.each(offline)('knows the last words of %s without network', (_, tail) => {
  expect(missingHere(failed(tail), none)).toBe('network');
  expect(missingHere(failed(tail), host)).toBeUndefined();
  expect(missingHere(failed(tail, 0), none)).toBeUndefined();
});

test.each(offline)('takes it for a red test when other words come after those of %s', (_, tail) => {
  const after = `${tail}\n# tests 9\n# pass 8\n# fail 1\n`;
  expect(missingHere(failed(after), none)).toBeUndefined();
});

test.each([
  ['Node', 'Error: listen ENETUNREACH: network is unreachable /tmp/a.sock'],
  ['Node, of a port', 'Error: listen ENETUNREACH: network is unreachable 127.0.0.1:3000'],
  ['Node, of a client', 'Error: connect ENETUNREACH /run/a.sock'],
  ['Go', 'listen unix /tmp/a.sock: socket: network is unreachable'],
])('knows a socket that %s did not get, whatever follows', (_, line) => {
  const tail = `${line}\n    at somewhere\n# pass 8\n# fail 1\n`;
  expect(missingHere(failed(tail), { network: 'none', kind: 'uid' })).toBe('network');
  // There is a loopback: whoever says so is the test.
  expect(missingHere(failed(tail), none)).toBeUndefined();
  expect(missingHere(failed(tail), host)).toBeUndefined();
});

const red = [
  'Error: connect ENETUNREACH 192.0.2.1:443\n# fail 1',
  'getaddrinfo EAI_AGAIN registry.example.com',
  'not ok 3 - says ENOTFOUND when the host is unknown\n# fail 1',
  'AssertionError: expected "Could not resolve host: a" to be ""',
  'dial tcp: lookup a: no such host\n--- FAIL: TestDial (0.00s)\nFAIL',
  'bash: jest: command not found\n1 failing',
  'Test failed: No module named pytest',
  'npm error Lifecycle script `test` failed with error:\nnpm error code 1',
  '  Error: getaddrinfo ENOTFOUND api.example.com\nnpm error code ELIFECYCLE',
];
test.each(red)('calls a failed test red whatever it prints: %s', (tail) => {
  expect(missingHere(failed(tail), none)).toBeUndefined();
});

const absent: [string, number, string][] = [
  ['not found', 127, 'bash: jest: command not found'],
  ['not executable', 126, 'bash: ./gradlew: Permission denied'],
  [
    'not found by make',
    2,
    'make: jest: No such file or directory\nmake: *** [Makefile:2: test] Error 127',
  ],
  ['a module that is not there', 1, '/usr/bin/python3: No module named pytest'],
];
test.each(absent)('sees a program that is %s, with and without network', (_, code, tail) => {
  expect(missingHere(failed(tail, code), none)).toBe('program');
  expect(missingHere(failed(tail, code), host)).toBe('program');
});

test('says nothing about a command that was ended for its time', () => {
  expect(missingHere({ ...failed(npm, null), timed_out: true }, none)).toBeUndefined();
});
