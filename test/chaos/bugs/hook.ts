import { registerHooks } from 'node:module';
import { withBug } from './bug.ts';
import { bugs } from './bugs.ts';

/*
 * Loaded before everything else of a process (`--import`), it puts the bug that CODY_CHAOS_BUG names into the file where
 * it belongs.
 */

const bug = bugs.find(({ name }) => name === process.env['CODY_CHAOS_BUG']);
const place = bug && new URL(`../../../${bug.file}`, import.meta.url).href;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!bug || url !== place) return loaded;
    const { source = '' } = loaded;
    const text =
      typeof source === 'string' ? source : new TextDecoder().decode(source ?? undefined);
    return { ...loaded, source: withBug(bug, text) };
  },
});
