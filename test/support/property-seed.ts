import { configureGlobal, readConfigureGlobal } from 'fast-check';

/*
 * Property tests try the same cases in each run, so that one in a thousand turns up for who looks for it and not for
 * who changes something else. CODY_TEST_SEED names another seed; "random" takes a new one in each run.
 */
const given = process.env['CODY_TEST_SEED'];
if (given !== 'random') {
  const seed = Number(given ?? '20260301');
  if (!Number.isInteger(seed)) throw new Error('CODY_TEST_SEED is a whole number or "random"');
  configureGlobal({ ...readConfigureGlobal(), seed });
}
