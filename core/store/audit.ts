import { randomUUID } from 'node:crypto';
import type { Table } from './table.ts';
import { keys } from './table-schema.ts';

/** Something that was done with a secret or on someone's behalf. Never holds a secret itself. */
export type AuditRecord = Readonly<{ action: string } & Record<string, unknown>>;

/** Appends a record. Times are Unix ms. */
export async function recordAudit(table: Table, record: AuditRecord, at: number): Promise<void> {
  const day = new Date(at).toISOString().slice(0, 10);
  await table.transact([
    {
      type: 'put',
      item: { ...record, ...keys.audit(day, `${at}#${randomUUID()}`), type: 'audit', at },
      when: [{ attribute: 'pk', is: 'absent' }],
    },
  ]);
}
