import type { Defence } from './defence.ts';

/** Every defence that a case guards. */
export const defences: readonly Defence[] = [];
