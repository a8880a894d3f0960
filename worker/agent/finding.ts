import { z } from 'zod';
import { outputSchema } from './question.ts';

/** What a reviewer answers. Bounds stand in `parseReview`: structured outputs take none. */
const Review = z.strictObject({
  findings: z.array(
    z.strictObject({
      severity: z.enum(['blocking', 'minor']),
      file: z.string().describe('Path of the file as it stands in the diff.'),
      line: z.number().describe('Line in the new version of the file; 0 when it has none.'),
      evidence: z
        .string()
        .describe('What is wrong and how the diff or the log shows it. Empty when nothing does.'),
    }),
  ),
});
/** One thing that a reviewer wants settled, or only noted. */
export type Finding = z.infer<typeof Review>['findings'][number];

/** The answer's schema as the API takes it. */
export const reviewSchema = outputSchema(Review);

const MAX_FINDINGS = 10;

/** The findings in an answer, at most ten; none when it is not what was asked for. Never throws. */
export function parseReview(answer: string): readonly Finding[] {
  try {
    return Review.parse(JSON.parse(answer)).findings.slice(0, MAX_FINDINGS);
  } catch {
    // An answer that is no review is no reason to stop: the run goes on without one.
    return [];
  }
}

/** Only what keeps the change from being right goes back, with words about a file that the diff really touches. */
export function isSettled({ severity, file, evidence }: Finding, diff: string): boolean {
  const name = file.trim();
  return severity === 'blocking' && evidence.trim() !== '' && name !== '' && diff.includes(name);
}
