import { money } from '../../core/render/money.ts';

/** What the demo asks for when no prompt is given. */
export const demoPrompt =
  'Durations are shown wrong: 90 minutes must read as 1 h 30 min, and 60 minutes as 1 h. Fix it and make the tests pass.';

/** The issue on which the demo asks. The model reads it, so that it says nothing about other people's code. */
export const issueTexts = {
  seed: {
    title: 'Durations are hard to read',
    body: 'People see durations in these repositories and have to think about what they mean.',
  },
  own: { title: 'A request from the demo', body: '' },
  next: {
    title: 'The README does not name the unit of durations',
    body: 'To try it out: choose to act as `requester`, and comment here\n\n```\n/cody Also mention the unit in the README.\n```\n\nThen comment the same on the pull request, or on one of its changed lines.',
  },
} as const;

/** How to go on in a browser while the demo is up. */
export function browserLines(
  pages: Readonly<{ asked: string; next: readonly string[]; server: string }>,
): readonly string[] {
  return [
    `  ${pages.asked}`,
    ...pages.next.map((address) => `  ${address}`),
    '',
    'Choose at the top of the page in whose name you act: requester and reviewer may write, outsider may only read.',
    'Comment /cody help there to see what you can ask for.',
    '',
    `  ${pages.server}`,
    '',
    'These are the pages of Cody itself: requests, threads, patches and costs. Sign in there as requester.',
  ];
}

/** Shown in comments, check runs and pull requests while the scripted model answers. */
export const scriptedNote =
  'A scripted model answered here. It follows fixed rules and is not Claude; its token counts and costs are only examples.';

/** The first lines: which model answers, and what it may cost. */
export function modelLines(live: boolean, budgetUsd: number): readonly string[] {
  if (live) {
    return [
      `Budget: ${money(budgetUsd * 1_000_000)} for this request, split evenly over its repositories.`,
      'The real model answers. This costs money.',
    ];
  }
  return [
    'A scripted model answers: fixed rules, not Claude. No account is needed and nothing is charged.',
    'For the real model: npm run demo -- --live (needs ANTHROPIC_API_KEY).',
  ];
}

/** Why `--live` did not start. */
export const keyMissing =
  '--live needs ANTHROPIC_API_KEY in the environment. Without --live a scripted model answers.';

/** Said when no command could run for want of a sandbox. */
export const shellOff = [
  'The shell was off: the tools run without commands, and the pull requests are marked as not verified.',
  'On Debian or Ubuntu, install the package bubblewrap (apt-get install bubblewrap) and run the demo again.',
] as const;
