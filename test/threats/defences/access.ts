import { playedIn } from './defence.ts';

const mayUse = 'core/repo-config/may-use.ts';
const press = 'app/accept/event/screen-press.ts';

/** Who may use a repository by its file, and what a button is good for. */
export const accessDefences = playedIn({ entry: 'identity' }, [
  {
    name: 'allow_lists',
    what: 'whoever may write may ask, whatever the file says',
    edits: [
      {
        file: mayUse,
        find: 'return allowed && !allowed.some((who) => isMeant(who, asker))',
        replace: 'return allowed && allowed.length < 0',
      },
    ],
    guard: 'identity/list-other-id',
  },
  {
    name: 'allow_lists_at_press',
    what: 'whoever may write may press, whatever the file says',
    edits: [
      {
        file: mayUse,
        find: 'return allowed && !allowed.some((who) => isMeant(who, asker))',
        replace: 'return allowed && allowed.length < 0',
      },
    ],
    guard: 'identity/list-press',
  },
  {
    name: 'allow_lists_at_approval',
    what: 'whoever may write may approve, whatever the file says',
    edits: [
      {
        file: mayUse,
        find: 'return allowed && !allowed.some((who) => isMeant(who, asker))',
        replace: 'return allowed && allowed.length < 0',
      },
    ],
    guard: 'identity/list-approve',
  },
  {
    name: 'permission_at_approval',
    what: 'whoever may read may approve',
    edits: [
      {
        file: 'core/github/permission.ts',
        find: "return level === 'admin' || level === 'maintain' || level === 'write';",
        replace: 'return level.length > 0;',
      },
    ],
    guard: 'identity/approve-reader',
  },
  {
    name: 'permission_at_press',
    what: 'whoever may read may press',
    edits: [
      {
        file: 'core/github/permission.ts',
        find: "return level === 'admin' || level === 'maintain' || level === 'write';",
        replace: 'return level.length > 0;',
      },
    ],
    guard: 'identity/reader-press',
  },
  {
    name: 'permission_floor',
    what: 'the file asks for a higher permission in vain',
    edits: [
      {
        file: mayUse,
        find: 'if (least && ranks[asker.permission] < ranks[least])',
        replace: 'if (least && ranks[asker.permission] < 0)',
      },
    ],
    guard: 'identity/list-floor',
  },
  {
    name: 'exact_logins',
    what: 'a login is matched by its beginning',
    edits: [
      {
        file: mayUse,
        find: 'who.toLowerCase() === login;',
        replace: "who.toLowerCase().startsWith(login ?? '-');",
      },
      {
        file: mayUse,
        find: "list.some((who) => typeof who === 'string' && who.toLowerCase() === wanted),",
        replace:
          "list.some((who) => typeof who === 'string' && who.toLowerCase().startsWith(wanted)),",
      },
    ],
    guard: 'identity/list-login-prefix',
  },
  {
    name: 'logins_stay',
    what: 'whoever takes a login over steps into the place of the one before',
    edits: [
      {
        file: 'core/store/login-pins.ts',
        find: '      if (known !== undefined) return known;\n',
        replace: '      if (known !== undefined) return lookUp();\n',
      },
    ],
    guard: 'identity/list-login-moved',
  },
  {
    name: 'listed_bots_by_id',
    what: 'a bot that is not listed may command',
    edits: [
      {
        file: 'app/accept/event/is-person-or-listed.ts',
        find: 'return bots.includes(sender.id);',
        replace: 'return bots.some((id) => String(sender.id).startsWith(String(id).slice(0, 5)));',
      },
    ],
    guard: 'identity/bot-listed-login',
  },
  {
    name: 'button_once',
    what: 'a button is good for more than one press',
    edits: [
      {
        file: press,
        find: '  if (facts.used) return',
        replace: '  if (facts.used && !facts.button) return',
      },
      {
        file: press,
        find: 'const key = `button:${check_run.id}:${button.nonce}`;',
        replace: 'const key = `button:${check_run.id}:${button.nonce}:${Date.now()}`;',
      },
    ],
    guard: 'identity/press-used',
  },
  {
    name: 'button_head',
    what: 'a button acts on commits that it was not shown for',
    edits: [
      {
        file: press,
        find: '  if (pull.head.sha !== button.head_sha)\n',
        replace: '  if (pull.head.sha === button.nonce)\n',
      },
    ],
    guard: 'identity/press-moved-head',
  },
  {
    name: 'button_place',
    what: 'a button is good on another check run',
    edits: [
      {
        file: press,
        find: '    button.check_run_id === check_run.id &&\n',
        replace: '',
      },
    ],
    guard: 'identity/press-other-run',
  },
  {
    name: 'button_kind',
    what: 'any event with the name of a button is a press',
    edits: [
      {
        file: 'app/accept/event/check-event.ts',
        find: "if (sorted || action !== 'requested_action') return",
        replace: "if (sorted || action === 'rerequested') return",
      },
      {
        file: 'app/webhook-events.ts',
        find: "actions: ['completed', 'requested_action', 'rerequested'],",
        replace: "actions: ['completed', 'created', 'requested_action', 'rerequested'],",
      },
    ],
    guard: 'identity/press-opened',
  },
  {
    name: 'button_bots',
    what: 'bots press buttons',
    edits: [
      {
        file: 'app/accept/event/check-event.ts',
        find: "  if (sender.type !== 'User')\n",
        replace: "  if (sender.type === 'Nobody')\n",
      },
    ],
    guard: 'identity/bot-listed-press',
  },
  {
    name: 'semantic_key',
    what: 'one comment starts as many jobs as it is delivered',
    edits: [
      {
        file: 'app/accept/event/issue-comment.ts',
        find: 'const key = `comment:${repository.id}:${comment.id}`;',
        replace: 'const key = `comment:${repository.id}:${comment.id}:${performance.now()}`;',
      },
    ],
    guard: 'identity/delivered-twice',
  },
]);
