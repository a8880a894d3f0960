import type { GithubApp, Installation } from '../../../core/github/app-client.ts';
import type { Policy } from '../../../core/policy.ts';
import { appFailure } from '../../installations.ts';

/** The installations that this server serves, in the order of their ids; at most two minutes old. */
export type ServedInstallations = () => Promise<readonly Installation[]>;

type Deps = Readonly<{ app: GithubApp; policy: Policy; now: () => number }>;

const freshMs = 120_000;

/** Creates the list, which is read when it is asked for. Throws what `appFailure` makes of GitHub's answer. */
export function createServedInstallations({ app, policy, now }: Deps): ServedInstallations {
  let known: Readonly<{ list: Promise<readonly Installation[]>; until: number }> | undefined;
  const read = async () => {
    try {
      const all = await app.installations();
      return all
        .filter((one) => !one.suspended && isServed(one, policy))
        .toSorted((a, b) => a.installationId - b.installationId);
    } catch (error) {
      known = undefined;
      throw appFailure(error);
    }
  };
  return () => {
    if (known && known.until > now()) return known.list;
    known = { list: read(), until: now() + freshMs };
    return known.list;
  };
}

function isServed({ accountId }: Installation, { accounts }: Policy): boolean {
  return accounts === undefined || accounts.includes(accountId ?? -1);
}
