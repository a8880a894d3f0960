import type { z } from 'zod';

/** The part of a tool that the model sees. It holds no code that touches files or processes. */
export type Definition<Name extends string, Input extends z.ZodObject> = Readonly<{
  name: Name;
  description: string;
  input: Input;
  /** True when a call may change the work tree; such calls run alone and in call order. */
  mutating: boolean;
}>;
