import { playedIn } from './defence.ts';

export const identityDefences = playedIn({ entry: 'identity' }, [
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
    guard: 'identity/login-of-writer',
  },
  {
    name: 'bots_denied',
    what: 'bots may command',
    edits: [
      {
        file: 'app/accept/event/is-person-or-listed.ts',
        find: 'return bots.includes(sender.id);',
        replace: 'return bots.length >= 0;',
      },
    ],
    guard: 'identity/bot-with-writer-id',
  },
  {
    name: 'apps_denied',
    what: 'what an app writes for a person counts',
    edits: [
      {
        file: 'app/accept/event/is-person-or-listed.ts',
        find: "return sender.type === 'User' && !viaApp;",
        replace: "return sender.type === 'User';",
      },
    ],
    guard: 'identity/via-app',
  },
]);
