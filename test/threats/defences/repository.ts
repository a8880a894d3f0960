import { playedIn } from './defence.ts';

const folder = 'worker/workspace/tree-folder.ts';

/** What is looked at is what a link leads to. */
const followLinks = [
  { file: folder, find: '  lstatSync,\n', replace: '  lstatSync,\n  statSync,\n' },
  {
    file: folder,
    find: 'ask(name, () => lstatSync(at(name)',
    replace: 'ask(name, () => statSync(at(name)',
  },
] as const;

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
  {
    name: 'tree_links',
    what: 'a link that a job left is published as what it leads to',
    edits: [
      ...followLinks,
      {
        file: folder,
        find: 'constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK',
        replace: 'constants.O_RDONLY | constants.O_NONBLOCK',
      },
    ],
    guard: 'repository/later-link-secret',
  },
  {
    name: 'tree_folders',
    what: 'a linked folder is published as what it leads to',
    edits: [
      ...followLinks,
      {
        file: folder,
        find: 'constants.O_DIRECTORY | constants.O_NOFOLLOW;',
        replace: 'constants.O_DIRECTORY;',
      },
    ],
    guard: 'repository/later-link-beside',
  },
  {
    name: 'nested_repositories',
    what: 'repositories that a job left are read like folders',
    edits: [
      {
        file: 'worker/workspace/nested-repository.ts',
        find: "  const stat = folder.look('.git');",
        replace: "  const stat = folder.look('.none');",
      },
    ],
    guard: 'repository/later-nested-filter',
  },
]);
