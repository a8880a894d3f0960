/**
 * The table's keys and indexes. The code's own list is core/store/table-schema.ts, which this folder must not import;
 * test/infra compares the two.
 */
export const tableShape = {
  partition: 'pk',
  sort: 'sk',
  /** Unix seconds; DynamoDB drops the item some time afterwards. */
  ttl: 'ttl',
  indexes: {
    by_due: { partition: 'due_bucket', sort: 'due_at' },
    by_state: { partition: 'state_key', sort: 'created_at' },
    by_installation: { partition: 'installation_key', sort: 'created_at' },
    by_thread: { partition: 'thread_key', sort: 'created_at' },
    by_pull_request: { partition: 'pull_request_key', sort: 'created_at' },
  },
} as const;
export type IndexName = keyof (typeof tableShape)['indexes'];
