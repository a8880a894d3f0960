import './alarms.ts';
import './dashboard.ts';
import './events.ts';
import './queue-handlers.ts';
import './schedule.ts';
import './web.ts';
import { router } from './router.ts';
import { receive } from './webhook.ts';

/** What `sst deploy` prints: the two addresses that the GitHub App needs. */
export const outputs = {
  webhook: receive.url,
  pages: router.url,
};
