import { ConfigError } from '../../core/config.ts';
import { UserError } from '../../core/errors.ts';
import { createMachineTokenStore } from '../../core/store/machine-tokens.ts';
import { processEnv } from '../config.ts';
import { createLookUp } from './look-up.ts';
import { openTable } from './open-table.ts';
import { readTokenCommand, TokenUsageError } from './options.ts';
import { runToken } from './run-token.ts';
import { readTokenConfig } from './token-config.ts';
import { tokenUsage } from './words.ts';

/** npm run token: machine tokens for the JSON API. */
try {
  const command = readTokenCommand(process.argv.slice(2));
  const config = await readTokenConfig(processEnv());
  const { table, close } = await openTable(config);
  try {
    const tokens = createMachineTokenStore({ table, now: Date.now });
    const lookUp = createLookUp(config.github);
    process.stdout.write(await runToken({ tokens, lookUp, now: Date.now }, command));
  } finally {
    await close();
  }
} catch (error) {
  if (error instanceof TokenUsageError) {
    process.stderr.write(`${error.message}\n\n${tokenUsage}`);
  } else if (error instanceof ConfigError || error instanceof UserError) {
    process.stderr.write(`${error.message}\n`);
  } else {
    throw error;
  }
  process.exitCode = 2;
}
