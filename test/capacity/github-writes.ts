import type { PacingAnswer, PacingStore } from '../../core/store/pacing.ts';
import type { Wish } from '../../core/store/pacing-state.ts';
import type { Clock } from './clock.ts';

/** Writes to GitHub, each of which asks the pace of its installation first. */
export type GithubWrites = Readonly<{
  /** Asks for one write: `go` once it has been made, else how long it has to wait. */
  write: (
    installationId: number,
    write: Readonly<{ content: boolean; urgency?: Wish['urgency']; patienceMs: number }>,
    then: (answer: Extract<PacingAnswer, { type: 'wait' }> | 'made') => Promise<void>,
  ) => Promise<void>;
  /** The most content that one installation made within an hour and within a minute. */
  busiest: () => Readonly<{ perHour: number; perMinute: number }>;
  putOff: () => number;
}>;

/** An answer of GitHub takes about so long, in ms. */
const answerMs = 400;

/** Binds the real pace to virtual time. */
export function createGithubWrites({
  clock,
  pacing,
}: Readonly<{ clock: Clock; pacing: PacingStore }>): GithubWrites {
  const made = new Map<number, number[]>();
  let putOff = 0;
  return {
    async write(installationId, { content, urgency = 'normal', patienceMs }, then) {
      const answer = await pacing.reserve(installationId, { content, urgency, patienceMs });
      if (answer.type === 'wait') {
        putOff += 1;
        await then(answer);
        return;
      }
      const times = made.get(installationId) ?? [];
      if (content) made.set(installationId, [...times, clock.now() + answer.inMs]);
      clock.after(answer.inMs + answerMs, () => then('made'));
    },
    busiest: () => ({ perHour: most(made, 3_600_000), perMinute: most(made, 60_000) }),
    putOff: () => putOff,
  };
}

function most(made: ReadonlyMap<number, readonly number[]>, lengthMs: number): number {
  let result = 0;
  for (const times of made.values()) {
    let from = 0;
    for (const [index, time] of times.entries()) {
      while ((times[from] ?? time) <= time - lengthMs) from += 1;
      result = Math.max(result, index - from + 1);
    }
  }
  return result;
}
