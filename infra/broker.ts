import { createFunction } from './function.ts';
import { table } from './table.ts';

/** Hands out tokens to workers. Its address asks for IAM first; then the attempt's key counts. */
export const broker = createFunction('broker', {
  variables: { CODY_TABLE: table.name },
  url: { authorization: 'iam', cors: false },
});
