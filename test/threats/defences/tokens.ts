import { playedIn } from './defence.ts';

const broker = 'app/broker.ts';
const grant = 'core/store/grant.ts';

export const tokensDefences = playedIn({ entry: 'tokens' }, [
  {
    name: 'broker_key',
    what: 'any key is good for a job',
    edits: [
      {
        file: grant,
        find: 'return given.length === stored.length && timingSafeEqual(given, stored);',
        replace: 'return given.length === stored.length || timingSafeEqual(given, stored);',
      },
    ],
    guard: 'tokens/other-read',
  },
  {
    name: 'broker_attempt',
    what: 'a key is good for every attempt',
    edits: [
      {
        file: grant,
        find: 'if (attempt !== shown.attempt || expires_at',
        replace: 'if (expires_at',
      },
      {
        file: broker,
        find: 'if (job?.attempt !== attempt || !isActive',
        replace: 'if (!job || !isActive',
      },
    ],
    guard: 'tokens/after-read',
  },
  {
    name: 'broker_alive',
    what: 'an attempt that has ended is served',
    edits: [
      {
        file: broker,
        find: ' || !isActive(job.state)) return undefined;',
        replace: ' || !job) return void isActive;',
      },
    ],
    guard: 'tokens/cancelled-read',
  },
  {
    name: 'broker_phase',
    what: 'a job may publish while its agent still works',
    edits: [
      {
        file: broker,
        find: "  if (want === 'publish' && job.state !== 'publishing') return undefined;\n",
        replace: '',
      },
    ],
    guard: 'tokens/running-publish',
  },
  {
    name: 'broker_repository',
    what: 'a token is good for all repositories',
    edits: [
      {
        file: broker,
        find: '      repositoryIds: [repository.id],',
        replace: '      repositoryIds: [repository.id, repository.id + 1],',
      },
    ],
    guard: 'tokens/own-read',
  },
  {
    name: 'broker_permissions',
    what: 'a token to read with may write',
    edits: [
      {
        file: broker,
        find: "  read: { contents: 'read', metadata: 'read' },",
        replace: "  read: { contents: 'write', metadata: 'read' },",
      },
    ],
    guard: 'tokens/own-read',
  },
  {
    name: 'broker_live_permission',
    what: 'whoever has lost the permission is served',
    edits: [
      {
        file: broker,
        find: '  if (mayWrite(permission))\n',
        replace: '  if (mayWrite(permission) || permission)\n',
      },
    ],
    guard: 'tokens/lost-read-publish',
  },
  {
    name: 'broker_allow_list',
    what: 'lists of who may use a repository are not looked at again',
    edits: [
      {
        file: broker,
        find: '    return assertAllowed(deps, {',
        replace: '    return void assertAllowed.call(undefined, deps, {',
      },
      {
        file: 'app/assert-allowed.ts',
        find: '  if (!refusal || (',
        replace: '  if (!refusal || refusal || (',
      },
    ],
    guard: 'tokens/list-other-id',
  },
  {
    name: 'broker_fence',
    what: 'a token is given to an attempt that has lost the job',
    edits: [
      {
        file: broker,
        find: '  if (now?.fence === held.fence) return;',
        replace: '  if (now?.fence === held.fence || held) return;',
      },
    ],
    guard: 'tokens/lost-meanwhile',
  },
  {
    name: 'broker_revoke',
    what: 'a token that nobody gets stays good',
    edits: [
      {
        file: broker,
        find: '    await deps.app.revoke(token).catch(',
        replace: '    await Promise.resolve(token).catch(',
      },
    ],
    guard: 'tokens/lost-meanwhile',
  },
  {
    name: 'broker_private',
    what: 'what was told in private goes into a public repository',
    edits: [
      {
        file: broker,
        find: '  if (!grant.repository.private || repository.private) return;',
        replace: '  if (!grant.repository.private || repository) return;',
      },
    ],
    guard: 'tokens/became-public',
  },
]);
