import type { Viewer } from './access/viewer.ts';
import type { OwnAddress } from './guard/own-address.ts';

/** What the handlers of pages and API find in their context. */
export type WebEnv = {
  Variables: {
    /** Where the browser reaches us. */
    address: OwnAddress;
    /** Who calls; set for everything that is not open to strangers. */
    viewer: Viewer;
  };
};
