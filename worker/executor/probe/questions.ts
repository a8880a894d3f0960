import { z } from 'zod';

/**
 * `command`: what a command could do. `tool`: what a file tool could be made to do. `setup`: with the network on. `view`:
 * what commands see of this machine where it cannot be hidden: that is told, and decides nothing.
 */
export const ProbeAuthor = z.enum(['command', 'tool', 'setup', 'view']);
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
  /** A file that every user of this machine may read. */
  open: z.string(),
  /** Services that listen on sockets of this machine's own: one with a name in the file system, one without. */
  sockets: z.strictObject({ named: z.string(), abstract: z.string() }),
  /** The socket of set-up's proxy, as it is seen inside. */
  egress: z.string().optional(),
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
