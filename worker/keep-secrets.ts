import type { Redactor } from '../core/redact.ts';

/** Returns the same redactor, and what it was told of since: another process has to look for the same. */
export function keepSecrets(redactor: Redactor): Readonly<{
  redactor: Redactor;
  secrets: () => Iterable<string>;
}> {
  const values = new Set<string>();
  return {
    redactor: {
      ...redactor,
      register: (value) => {
        values.add(value);
        return redactor.register(value);
      },
      forget: (value) => {
        values.delete(value);
        redactor.forget(value);
      },
    },
    secrets: () => values,
  };
}
