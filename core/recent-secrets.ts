import { createRedactor } from './redact.ts';

type Options = Readonly<{
  /** Secrets that hold as long as the process. */
  values: readonly string[];
  now: () => number;
}>;

/** Removes secrets from text: those that always hold, and the newest of those that live for an hour. */
export type RecentSecrets = Readonly<{
  redact: (text: string) => string;
  remember: (value: string) => void;
}>;

/** Tokens of GitHub live for an hour; more than so many at a time are not looked for. */
const livesMs = 60 * 60_000;
const most = 100;

/** Returns a redactor that forgets tokens when they are dead, so that a server that runs for long stays fast. */
export function createRecentSecrets({ values, now }: Options): RecentSecrets {
  const recent = new Map<string, number>();
  const { redact, register, forget } = createRedactor(values);
  return {
    redact,
    remember(value) {
      if (values.includes(value)) return;
      recent.delete(value);
      recent.set(value, now() + livesMs);
      register(value);
      for (const [known, until] of recent) {
        if (until > now() && recent.size <= most) continue;
        recent.delete(known);
        forget(known);
      }
    },
  };
}
