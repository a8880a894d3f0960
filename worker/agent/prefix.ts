import { createHash } from 'node:crypto';
import type { ModelMessage, RunHeader } from '../../core/journal.ts';

/**
 * sha256 of what the model sees of a request: model, system, tools and messages as one JSON array, byte for byte. It
 * is fed message by message, because the whole text of a long conversation would be garbage at every call.
 */
export function prefixSha256(header: RunHeader, messages: readonly ModelMessage[]): string {
  const head = JSON.stringify([header.model, header.system, header.tools]);
  const hash = createHash('sha256').update(`${head.slice(0, -1)},[`);
  for (const [index, message] of messages.entries()) {
    hash.update(`${index === 0 ? '' : ','}${JSON.stringify(message)}`);
  }
  return hash.update(']]').digest('hex');
}
