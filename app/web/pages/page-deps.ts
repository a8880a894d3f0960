import type { MachineTokenStore } from '../../../core/store/machine-tokens.ts';
import type { SessionStore } from '../../../core/store/sessions.ts';
import type { ApiDeps } from '../api/api-deps.ts';
import type { ReadThread } from '../api/read-thread.ts';
import type { ReadUsage } from '../api/read-usage.ts';
import type { RateLimit } from '../guard/rate-limit.ts';
import type { Assets } from './read-assets.ts';
import type { FormTokens } from './frame/form-tokens.ts';
import type { ReadLiveThread } from './job/live-threads.ts';

/** What the pages stand on: all that the API has, and what is theirs alone. */
export type PageDeps = ApiDeps &
  Readonly<{
    sessions: SessionStore;
    machineTokens: MachineTokenStore;
    assets: Assets;
    formTokens: FormTokens;
    readThread: ReadThread;
    readLiveThread: ReadLiveThread;
    readUsage: ReadUsage;
    /** How many pages a person may load. */
    limit: RateLimit;
  }>;
