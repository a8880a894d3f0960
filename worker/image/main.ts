import { readFileSync, writeFileSync } from 'node:fs';
import { imageManifest } from './packages.ts';

/**
 * Writes package.json and package-lock.json anew, in this folder, for an image that holds the worker alone. For the
 * Dockerfile: it runs before anything is installed.
 */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const packages = { ...lock.packages, '': imageManifest(lock.packages['']) };
write('package.json', imageManifest(manifest));
write('package-lock.json', { ...lock, packages });

function write(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
