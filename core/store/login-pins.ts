import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { keys } from './table-schema.ts';
import type { Table } from './table.ts';

const LoginPin = z.object({ type: z.literal('login'), account_id: z.number().int() });

/** Whose a login is that a file names: it stays the account that had it when it was first looked at. */
export type LoginPins = Readonly<{
  /**
   * The account's id; `lookUp` asks GitHub when it is not known yet. Undefined when nobody has the login. Throws what
   * `lookUp` throws.
   */
  accountOf: (
    login: string,
    lookUp: () => Promise<number | undefined>,
  ) => Promise<number | undefined>;
}>;

/**
 * Binds the pins to a table. A login can be given up and taken by somebody else, who must not step into the place of the
 * one before.
 */
export function createLoginPins({ table }: Readonly<{ table: Table }>): LoginPins {
  const read = async (login: string) => {
    const item = await table.get(keys.login(login));
    return item === undefined ? undefined : LoginPin.parse(item).account_id;
  };
  return {
    async accountOf(login, lookUp) {
      const known = await read(login);
      if (known !== undefined) return known;
      const account_id = await lookUp();
      if (account_id === undefined) return undefined;
      const item = { ...keys.login(login), type: 'login', account_id };
      try {
        const when = [{ attribute: 'pk', is: 'absent' }] as const;
        await table.transact([{ type: 'put', item, when }]);
        return account_id;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        // Somebody else was first, and the first one counts.
        return read(login);
      }
    },
  };
}
