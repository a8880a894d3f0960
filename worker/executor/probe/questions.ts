import { z } from 'zod';

/** `command`: what a command could do. `tool`: what a file tool could be made to do. `setup`: with the network on. */
export const ProbeAuthor = z.enum(['command', 'tool', 'setup']);
export type ProbeAuthor = z.infer<typeof ProbeAuthor>;

/** What the probe's inside is told: one JSON document as its only argument. It names no secret. */
export const ProbeSetup = z.strictObject({
  repo: z.string(),
  logs: z.string(),
  scratch: z.string(),
  /** Ends the marks of this probe, in an environment and in the files of a neighbour. */
  id: z.string(),
  /** A file of another attempt, and a folder that is none of this one's. */
  neighbour: z.string(),
  outside: z.string(),
  /** A service that listens on this machine's loopback. */
  port: z.number(),
  by: z.array(ProbeAuthor),
});
export type ProbeSetup = z.infer<typeof ProbeSetup>;

/** One thing that was tried in the sandbox. `through`: it worked, although it must not. */
export const ProbeRow = z.object({
  by: ProbeAuthor,
  tried: z.string().max(100),
  through: z.boolean(),
  /** What the system answered: an error code or a word. */
  answer: z.string().max(200),
});
export type ProbeRow = z.infer<typeof ProbeRow>;

/** The mark that stands in the environment of a process outside, and in a neighbour's file. */
export function probeMark(id: string): string {
  return `CODY_PROBE_MARK=${id}`;
}
