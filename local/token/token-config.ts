import { z } from 'zod';
import { type Env, readEnv, sharedNames } from '../../core/config.ts';
import { localNames } from '../engines/engines.ts';
import { appFilePath, readAppFile } from '../setup/app-file.ts';

const TokenEnv = z.object({
  GITHUB_API_URL: sharedNames.GITHUB_API_URL,
  AWS_REGION: sharedNames.AWS_REGION,
  AWS_ENDPOINT_URL_DYNAMODB: sharedNames.AWS_ENDPOINT_URL_DYNAMODB,
  /** Set for a table on AWS; without it the table of this machine's server is meant. */
  CODY_TABLE: z.string().min(1).optional(),
  CODY_DATA_DIR: z.string().min(1).default('./.cody'),
  APP_ID: z.coerce.number().int().positive(),
  PRIVATE_KEY: z
    .string()
    .min(1)
    .transform((text) => text.replaceAll('\\n', '\n').trim()),
});

/** Where the tokens are kept and as which App GitHub is asked. */
export type TokenConfig = Awaited<ReturnType<typeof readTokenConfig>>;

/**
 * Reads an environment like that of `npm start`; the App may stand in the data directory. Throws ConfigError with all
 * problems at once.
 */
export async function readTokenConfig(env: Env) {
  const dataDir = env['CODY_DATA_DIR'] === '' ? undefined : env['CODY_DATA_DIR'];
  const kept = env['APP_ID'] ? undefined : await readAppFile(appFilePath(dataDir ?? './.cody'));
  const app = kept ? { APP_ID: String(kept.id), PRIVATE_KEY: kept.pem } : {};
  const read = readEnv(TokenEnv, { ...env, ...app });
  return {
    dataDir: read.CODY_DATA_DIR,
    table: read.CODY_TABLE ?? localNames.table,
    /** True when the table is reached without an engine of this machine. */
    remote: read.CODY_TABLE !== undefined,
    endpoint: read.AWS_ENDPOINT_URL_DYNAMODB,
    region: read.AWS_REGION,
    github: { appId: read.APP_ID, privateKey: read.PRIVATE_KEY, apiUrl: read.GITHUB_API_URL },
  };
}
