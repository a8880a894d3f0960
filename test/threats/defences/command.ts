import { playedIn } from './defence.ts';

export const commandDefences = playedIn({ entry: 'command' }, [
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
    guard: 'command/no-write-target',
  },
]);
