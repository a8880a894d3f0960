import { z } from 'zod';

/** The id of a model, as the Messages API takes it. */
export const ModelId = z
  .string()
  .regex(/^[\w.:@/-]{1,100}$/, 'must be the id of a model, for example `claude-sonnet-5-5`');
