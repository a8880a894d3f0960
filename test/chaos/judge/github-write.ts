import type { CallFacts } from '../facts.ts';

/** Whether a call changed something on GitHub that people can see. Tokens are nobody's to see. */
export function isGithubWrite({ service, method, name, status }: CallFacts): boolean {
  if (service === 'git') return name.includes('git-receive-pack') && method === 'POST';
  return (
    service === 'github' &&
    method !== 'GET' &&
    (status ?? 500) < 300 &&
    !name.includes('/access_tokens') &&
    !name.includes('/installation/token')
  );
}
