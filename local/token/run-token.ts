import type { MachineTokenStore } from '../../core/store/machine-tokens.ts';
import type { LookUp } from './look-up.ts';
import type { TokenCommand } from './options.ts';
import { createdWords, listWords, revokedWords } from './words.ts';

type Deps = Readonly<{ tokens: MachineTokenStore; lookUp: LookUp; now: () => number }>;

const dayMs = 24 * 3_600_000;

/** Does what the operator asked for and returns what they are told. Throws UserError for what GitHub does not have. */
export async function runToken(deps: Deps, command: TokenCommand): Promise<string> {
  const { tokens, lookUp, now } = deps;
  switch (command.type) {
    case 'create': {
      const found = await lookUp(command);
      const { name, days } = command;
      const made = await tokens.create({ ...found, name, expires_at: now() + days * dayMs });
      return createdWords(made.text, made.token);
    }
    case 'list':
      return listWords(await tokens.list(), now());
    case 'revoke':
      return revokedWords(command.id, await tokens.revoke(command.id));
  }
}
