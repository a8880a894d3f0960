import type { Swept } from '../sweep.ts';
import { createWired } from './wired.ts';

const wired = createWired('sweep');

/** Handles a schedule's tick. Throws when the table cannot be reached. */
export async function handler(): Promise<Swept> {
  const app = await wired();
  return app.sweep();
}
