import type { Family } from './family.ts';
import { callFaults } from './families/call-faults.ts';
import { messages } from './families/messages.ts';
import { kill } from './families/kill.ts';
import { model } from './families/model.ts';

/** Every kind of trouble, in the order in which it is tried. */
export const families: readonly Family[] = [kill, callFaults, messages, model];
