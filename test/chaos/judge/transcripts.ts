import type { Facts } from '../facts.ts';
import type { Violation } from '../invariants.ts';

/** Invariant 11: each request to the model begins with all of the one before it. */
export function judgeTranscripts({ model }: Facts): readonly Violation[] {
  return Object.entries(model.transcripts).flatMap(([job, requests]) =>
    requests.slice(1).flatMap((request, index) => {
      const before = requests[index] ?? [];
      const kept = before.every((text, place) => request[place] === text);
      return kept
        ? []
        : [
            {
              invariant: 11 as const,
              text: `request ${index + 2} of job ${job} to the model does not go on where the one before ended`,
            },
          ];
    }),
  );
}
