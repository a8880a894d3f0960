import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { without } from './defence.ts';
import { defences } from './defences.ts';

const root = new URL('../../../', import.meta.url);
const off = defences.find(({ name }) => name === process.env['CODY_THREATS_OFF']);
const place = off && fileURLToPath(new URL(off.file, root));

/** In a process where CODY_THREATS_OFF names a defence (with `--import` of this file), that one is switched off. */
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!off || !url.startsWith('file:') || fileURLToPath(url) !== place) return loaded;
    return { ...loaded, source: without(off, String(loaded.source)) };
  },
});
