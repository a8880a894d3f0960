import type { ModelMessage, RunHeader } from '../../core/journal.ts';
import { sha256 } from './sha256.ts';

/** sha256 of what the model sees of a request: model, system, tools and messages, byte for byte. */
export function prefixSha256(header: RunHeader, messages: readonly ModelMessage[]): string {
  return sha256(JSON.stringify([header.model, header.system, header.tools, messages]));
}
