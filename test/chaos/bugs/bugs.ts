import type { Bug } from './bug.ts';
import { modelBugs } from './model-bugs.ts';
import { stackBugs } from './stack-bugs.ts';

/** Every mistake that the harness must catch. */
export const bugs: readonly Bug[] = [...modelBugs, ...stackBugs];
