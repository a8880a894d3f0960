import { playedIn } from './defence.ts';

export const repositoryDefences = playedIn({ entry: 'repository' }, [
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
    guard: 'repository/many-files',
  },
  {
    name: 'checkout_depth',
    what: 'a checkout has any depth',
    edits: [
      {
        file: 'worker/workspace/checkout.ts',
        find: "path.split('/').length > maxDepth",
        replace: "path.split('/').length > maxDepth * 1000",
      },
    ],
    guard: 'repository/deep',
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
    guard: 'repository/too-many-bytes',
  },
]);
