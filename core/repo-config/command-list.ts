import { z } from 'zod';

/** Shell commands that the harness runs one after the other. */
export const CommandList = z.array(z.string().trim().min(1).max(2000)).max(20);
