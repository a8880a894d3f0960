import { playedIn } from './defence.ts';

export const webhookDefences = playedIn({ entry: 'webhook' }, [
  {
    name: 'webhook_signature',
    what: 'anyone may send webhooks',
    edits: [
      {
        file: 'app/receive.ts',
        find: "if (!signed(keys, { signature: headers['x-hub-signature-256'], body }))",
        replace: 'if (!signed([], { signature: undefined, body }) && keys.length === 0)',
      },
    ],
    guard: 'webhook/other-secret',
  },
  {
    name: 'webhook_depth',
    what: 'deep JSON reaches the queue',
    edits: [
      {
        file: 'app/receive.ts',
        find: "if (nestedDeeperThan(bytes, maxDepth)) return refused('nested too deeply');",
        replace: '',
      },
    ],
    guard: 'webhook/json-deep-closed',
  },
  {
    name: 'webhook_size',
    what: 'bodies of any size are taken',
    edits: [
      {
        file: 'app/receive.ts',
        find: 'if (bytes.length > maxBodyBytes) {',
        replace: 'if (bytes.length > maxBodyBytes * 1000) {',
      },
    ],
    guard: 'webhook/too-large',
  },
  {
    name: 'webhook_utf8',
    what: 'bytes that are no text are taken',
    edits: [{ file: 'app/receive.ts', find: '{ fatal: true }', replace: '{ fatal: false }' }],
    guard: 'webhook/not-utf8',
  },
]);
