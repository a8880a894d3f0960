import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { withBug } from './bug.ts';
import { bugs } from './bugs.ts';

const root = new URL('../../../', import.meta.url).href;

/**
 * Modules are loaded with a bug in them: in a whole process where CODY_CHAOS_BUG names it (through
 * `NODE_OPTIONS=--import=<this file>`), or in one graph of modules whose first one is imported with `?bug=<name>`.
 */
const ofProcess = process.env['CODY_CHAOS_BUG'];

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const bug = context.parentURL && new URL(context.parentURL).searchParams.get('bug');
    if (!bug || !isOurs(found.url) || found.url.includes('?')) return found;
    return { ...found, url: `${found.url}?bug=${bug}` };
  },
  load(url, context, next) {
    const loaded = next(url, context);
    if (!isOurs(url)) return loaded;
    const { pathname, searchParams } = new URL(url);
    const name = searchParams.get('bug') ?? ofProcess;
    const bug = bugs.find((one) => one.name === name);
    if (!bug || pathname !== fileURLToPath(new URL(bug.file, root))) return loaded;
    return { ...loaded, source: withBug(bug, String(loaded.source)) };
  },
});

function isOurs(url: string): boolean {
  return url.startsWith(root) && !url.includes('/node_modules/');
}
