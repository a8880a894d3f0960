import { config } from './config.ts';

/** Where people reach the pages. It comes before the functions, because they have to know its address. */
export const router = new sst.aws.Router(
  'Router',
  config.domain === undefined ? {} : { domain: config.domain },
);
