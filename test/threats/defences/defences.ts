import type { Defence } from './defence.ts';

/** Every defence that a case guards. */
export const defences: readonly Defence[] = [
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
    part: { entry: 'webhook' },
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
    part: { entry: 'webhook' },
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
    part: { entry: 'webhook' },
    guard: 'webhook/too-large',
  },
  {
    name: 'webhook_utf8',
    what: 'bytes that are no text are taken',
    edits: [{ file: 'app/receive.ts', find: '{ fatal: true }', replace: '{ fatal: false }' }],
    part: { entry: 'webhook' },
    guard: 'webhook/not-utf8',
  },
  {
    name: 'write_permission',
    what: 'whoever may read may command',
    edits: [
      {
        file: 'core/github/permission.ts',
        find: "return level === 'admin' || level === 'maintain' || level === 'write';",
        replace: 'return level.length > 0;',
      },
    ],
    part: { entry: 'identity' },
    guard: 'identity/reader',
  },
  {
    name: 'numeric_identity',
    what: 'a login is believed without its id',
    edits: [
      {
        file: 'core/github/permission.ts',
        find: 'if (answer.user?.id !== asked.user.id) throw unconfirmed(asked.user.login);',
        replace: '',
      },
    ],
    part: { entry: 'identity' },
    guard: 'identity/login-of-writer',
  },
  {
    name: 'bots_denied',
    what: 'bots may command',
    edits: [
      {
        file: 'app/accept/event/issue-comment.ts',
        find: "if (sender.type !== 'User' || comment.performed_via_github_app) return ignore('written by a bot');",
        replace: '',
      },
    ],
    part: { entry: 'identity' },
    guard: 'identity/bot-with-writer-id',
  },
  {
    name: 'apps_denied',
    what: 'what an app writes for a person counts',
    edits: [
      {
        file: 'app/accept/event/issue-comment.ts',
        find: "if (sender.type !== 'User' || comment.performed_via_github_app)",
        replace: "if (sender.type !== 'User')",
      },
    ],
    part: { entry: 'identity' },
    guard: 'identity/via-app',
  },
  {
    name: 'top_level_only',
    what: 'a command in a block of code counts',
    edits: [
      {
        file: 'core/command/top-level.ts',
        find: '.filter(isText)',
        replace: ".filter((node) => isText(node) || node.type === 'code')",
      },
    ],
    part: { entry: 'command' },
    guard: 'command/indented',
  },
  {
    name: 'shown_text_only',
    what: 'a command that nobody sees counts',
    edits: [
      {
        file: 'core/command/top-level.ts',
        find: '.filter(isShown(source))',
        replace: ".filter((offset) => isShown('')(offset))",
      },
    ],
    part: { entry: 'command' },
    guard: 'command/in-link-title',
  },
  {
    name: 'private_targets',
    what: 'a public comment reaches private repositories',
    edits: [
      {
        file: 'app/accept/decide.ts',
        find: "return source.private && found.permission !== 'none';",
        replace: "return found.permission !== 'none';",
      },
    ],
    part: { entry: 'command' },
    guard: 'command/private-from-public',
  },
  {
    name: 'private_sources',
    what: 'what is private becomes public unasked',
    edits: [
      {
        file: 'app/accept/decide.ts',
        find: 'if (source.private && !resolved.repository.private && !command.allow_public)',
        replace: 'if (source.private && resolved.archived && !command.allow_public)',
      },
    ],
    part: { entry: 'command' },
    guard: 'command/private-to-public',
  },
  {
    name: 'target_permission',
    what: 'a target is written to by whoever may write elsewhere',
    edits: [
      {
        file: 'app/accept/decide.ts',
        find: "if (!mayWrite(permission)) return problem({ type: 'no_write_in_target', named, permission });",
        replace: '',
      },
    ],
    part: { entry: 'command' },
    guard: 'command/no-write-target',
  },
  {
    name: 'unforgeable_tags',
    what: 'data ends its element',
    edits: [
      {
        file: 'worker/agent/element.ts',
        find: "return text.replaceAll(ownTags, '&lt;');",
        replace: 'return text;',
      },
    ],
    part: { entry: 'context' },
    guard: 'context/file-forged',
  },
  {
    name: 'plain_attributes',
    what: 'a name of a file opens an element',
    edits: [
      {
        file: 'worker/agent/element.ts',
        find: "return value.replaceAll(/[\\p{C}\"<>&\\n\\r]/gu, '_').slice(0, 200);",
        replace: 'return value;',
      },
    ],
    part: { entry: 'context' },
    guard: 'context/forged-by-file-name',
  },
  {
    name: 'zero_width',
    what: 'zero-width characters reach the model',
    edits: [{ file: 'core/render/hidden.ts', find: '  [0x200b, 0x200f],\n', replace: '' }],
    part: { entry: 'context' },
    guard: 'context/hidden-zero-width-space',
  },
  {
    name: 'tag_characters',
    what: 'hidden sentences reach the model',
    edits: [{ file: 'core/render/hidden.ts', find: '  [0xe0000, 0xe0fff],\n', replace: '' }],
    part: { entry: 'context' },
    guard: 'context/tags-comment',
  },
  {
    name: 'alternative_texts',
    what: 'texts of images reach the model',
    edits: [
      {
        file: 'core/render/readable-text.ts',
        find: '    return { text: imageWords(node.url), removed: lengths(node.alt, node.title) };',
        replace: "    return { text: node.alt ?? '', removed: 1 };",
      },
    ],
    part: { entry: 'context' },
    guard: 'context/alt-text-comment',
  },
  {
    name: 'comments_of_writers_only',
    what: 'strangers speak to the model',
    edits: [
      {
        file: 'core/select-comments.ts',
        find: 'if (await writes(comment.user)) {',
        replace: 'if ((await writes(comment.user)) || true) {',
      },
    ],
    part: { entry: 'context' },
    guard: 'context/outsider-comment',
  },
  {
    name: 'checkout_attributes',
    what: 'attributes of the repository change its bytes',
    edits: [
      {
        file: 'worker/workspace/checkout.ts',
        find: "const attributes = '* -text -eol -ident -filter !working-tree-encoding !diff\\n';",
        replace: "const attributes = '\\n';",
      },
    ],
    part: { entry: 'repository' },
    guard: 'repository/eol',
  },
  {
    name: 'checkout_files',
    what: 'a checkout has any number of files',
    edits: [
      {
        file: 'worker/workspace/checkout.ts',
        find: 'if (files.length > limits.maxFiles)',
        replace: 'if (files.length > limits.maxFiles * 1000)',
      },
    ],
    part: { entry: 'repository' },
    guard: 'repository/many-files',
  },
  {
    name: 'checkout_bytes',
    what: 'a checkout has any size',
    edits: [
      {
        file: 'worker/workspace/checkout.ts',
        find: 'if (bytes > limits.maxBytes)',
        replace: 'if (bytes > limits.maxBytes * 1000)',
      },
    ],
    part: { entry: 'repository' },
    guard: 'repository/too-many-bytes',
  },
  {
    name: 'links_stay_inside',
    what: 'file tools follow links out of the tree',
    edits: [
      {
        file: 'worker/tools/workspace.ts',
        find: '  lstatSync,\n  openSync,',
        replace: '  lstatSync as linkStatSync,\n  statSync as lstatSync,\n  openSync,',
      },
      {
        file: 'worker/tools/workspace.ts',
        find: 'const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;',
        replace: 'void linkStatSync;\nconst READ = constants.O_RDONLY | constants.O_NONBLOCK;',
      },
      {
        file: 'worker/tools/workspace.ts',
        find: '      const path = resolveLinks(roots[parseWorkspacePath(input).root], parseWorkspacePath(input));',
        replace: '      const path = parseWorkspacePath(input);',
      },
    ],
    part: { entry: 'tools', tools: 'inside' },
    guard: 'tools/link-neighbour',
  },
  {
    name: 'file_system',
    what: 'commands see the files of this machine',
    edits: [
      {
        file: 'worker/executor/probe/judge.ts',
        find: '    const found = answers.filter((row) => row.through).map((row) => row.tried);',
        replace: '    const found: string[] = [];',
      },
      {
        file: 'worker/executor/bubblewrap-args.ts',
        find: '      ...systemArgs(),',
        replace: "      ...systemArgs(),\n      '--bind',\n      '/tmp',\n      '/tmp',",
      },
    ],
    part: { entry: 'tools', tools: 'confined' },
    guard: 'tools/bash-neighbour',
  },
  {
    name: 'network',
    what: 'commands reach servers of this machine',
    edits: [
      {
        file: 'worker/executor/probe/judge.ts',
        find: '    const found = answers.filter((row) => row.through).map((row) => row.tried);',
        replace: '    const found: string[] = [];',
      },
      {
        file: 'worker/executor/bubblewrap-args.ts',
        find: '--unshare-all --die',
        replace: '--unshare-user --unshare-pid --unshare-ipc --unshare-uts --die',
      },
    ],
    part: { entry: 'tools', tools: 'confined' },
    guard: 'tools/bash-local-server',
  },
  {
    name: 'kernel_settings',
    what: 'commands change settings of the kernel',
    edits: [
      {
        file: 'worker/executor/bubblewrap-args.ts',
        find: ", ...bind('/proc/sys', '/proc/sys'));",
        replace: ');',
      },
    ],
    part: { entry: 'tools', tools: 'confined' },
    guard: 'tools/bash-kernel',
  },
  {
    name: 'redact_base64',
    what: 'a key leaves in base64',
    edits: [{ file: 'core/redact.ts', find: '    ...base64Forms(bytes),\n', replace: '' }],
    part: { entry: 'output' },
    guard: 'output/summary-key-base64-1',
  },
  {
    name: 'redact_hex',
    what: 'a key leaves in hex',
    edits: [{ file: 'core/redact.ts', find: '    hex.toUpperCase(),\n', replace: '' }],
    part: { entry: 'output' },
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
    part: { entry: 'output' },
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
    part: { entry: 'output' },
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
    part: { entry: 'output' },
    guard: 'output/title-mention',
  },
  {
    name: 'checks_not_skipped',
    what: 'a commit message skips all checks',
    edits: [{ file: 'worker/publish/words.ts', find: "'($1)');", replace: "'[$1]');" }],
    part: { entry: 'output' },
    guard: 'output/title-skip-ci',
  },
  {
    name: 'own_host',
    what: 'pages answer to any host name',
    edits: [
      {
        file: 'app/web/guard/own-address.ts',
        find: 'return loopback.test(given) ? { origin: `http://${given}`, secure: false } : undefined;',
        replace:
          'return loopback.test(given) || given ? { origin: `http://${given}`, secure: false } : undefined;',
      },
    ],
    part: { entry: 'pages' },
    guard: 'pages/host-other',
  },
  {
    name: 'same_origin',
    what: 'other sites act with the session of a person',
    edits: [
      {
        file: 'app/web/guard/same-origin.ts',
        find: "return origin === undefined ? header('sec-fetch-site') === 'same-origin' : origin === ownOrigin;",
        replace: 'return origin !== ownOrigin || true;',
      },
    ],
    part: { entry: 'pages' },
    guard: 'pages/api-origin-other',
  },
  {
    name: 'content_policy',
    what: 'a page may load and run anything',
    edits: [
      {
        file: 'app/web/pages/frame/page-response.ts',
        find: `"default-src 'none'",`,
        replace: '"default-src *",',
      },
    ],
    part: { entry: 'pages' },
    guard: 'pages/script-in-turn',
  },
  {
    name: 'no_sniffing',
    what: 'a browser guesses what a document is',
    edits: [
      {
        file: 'app/web/web.ts',
        find: "  context.header('x-content-type-options', 'nosniff');\n",
        replace: '',
      },
    ],
    part: { entry: 'pages' },
    guard: 'pages/script-in-turn',
  },
];
