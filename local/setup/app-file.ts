import { randomUUID } from 'node:crypto';
import { chmod, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../core/config.ts';

const page = z.url({ protocol: /^https?$/ });

/**
 * What GitHub answers when an App is created from a manifest, as far as the server needs it.
 * Source: GitHub REST, "Create a GitHub App from a manifest".
 */
export const CreatedApp = z.object({
  id: z.number().int().positive(),
  slug: z.string().min(1),
  name: z.string().min(1),
  html_url: page,
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  webhook_secret: z.string().min(16),
  pem: z.string().regex(/^-----BEGIN (RSA )?PRIVATE KEY-----/),
});
export type CreatedApp = z.infer<typeof CreatedApp>;

/** The credentials of the App as they stand in `app.json`, with the GitHub server that they belong to. */
export const AppFile = CreatedApp.extend({ server_url: page });
export type AppFile = z.infer<typeof AppFile>;

/** Where the credentials are kept. */
export function appFilePath(dataDir: string): string {
  return join(dataDir, 'app.json');
}

/**
 * Reads the credentials; undefined when there are none. Throws ConfigError when others may read the file or when it
 * does not hold credentials. What stands in it is never repeated.
 */
export async function readAppFile(file: string): Promise<AppFile | undefined> {
  const text = await readPrivately(file);
  if (text === undefined) return undefined;
  const parsed = AppFile.safeParse(fromJson(text));
  if (parsed.success) return parsed.data;
  throw new ConfigError([
    `${file} does not hold the credentials of a GitHub App. Restore it from a backup, or remove it to create a new App`,
  ]);
}

async function readPrivately(file: string): Promise<string | undefined> {
  const handle = await openIfThere(file);
  if (handle === undefined) return undefined;
  try {
    // Asked of the open file, so that it cannot be exchanged in between.
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0)
      throw new ConfigError([
        `${file} may be read by other accounts of this machine. Make it private: chmod 600 ${file}`,
      ]);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return undefined;
    throw new ConfigError([`${file} cannot be read: ${code}`]);
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined.
    return undefined;
  }
}

/**
 * Makes the data directory private to this account (0700), creating it when it is missing. Throws ConfigError when
 * it cannot, or when the directory is one that others write to.
 */
export async function preparePrivateDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { mode } = await stat(directory);
    // A shared directory, such as the one for temporary files, must stay what it is.
    if ((mode & 0o022) !== 0)
      throw new ConfigError([
        `CODY_DATA_DIR may be written by other accounts of this machine. Make it private: chmod 700 ${directory}`,
      ]);
    if ((mode & 0o077) !== 0) await chmod(directory, 0o700);
  } catch (error) {
    if (error instanceof ConfigError || !(error instanceof Error)) throw error;
    throw new ConfigError([`CODY_DATA_DIR cannot be used: ${error.message}`]);
  }
}

/**
 * Writes the credentials with mode 0600. They are on the disk when it returns, and no crash leaves half of them.
 * Throws what the file system throws.
 */
export async function writeAppFile(file: string, app: AppFile): Promise<void> {
  await preparePrivateDirectory(dirname(file));
  const fresh = `${file}.${randomUUID()}.new`;
  try {
    await writeSynced(fresh, `${JSON.stringify(app, null, 2)}\n`);
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await syncDirectory(dirname(file));
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
