import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { without } from './defence.ts';
import { defences } from './defences.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const off = defences.find(({ name }) => name === process.env['CODY_THREATS_OFF']);
const files = new Set(off?.edits.map(({ file }) => file));

/** In a process where CODY_THREATS_OFF names a defence (with `--import` of this file), that one is switched off. */
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!off || !url.startsWith('file:')) return loaded;
    const path = fileURLToPath(url);
    const file = path.startsWith(root) ? path.slice(root.length) : '';
    return files.has(file)
      ? { ...loaded, source: without(off, file, text(loaded.source)) }
      : loaded;
  },
});

function text(source: unknown): string {
  return typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8');
}
