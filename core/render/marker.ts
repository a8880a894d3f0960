/** What a comment or body of ours is for. */
export type MarkerKind = 'status' | 'closing' | 'job' | 'reply' | 'thread';

/** Returns the hidden line by which our own text is found again: for a request id, or a job id for `job`. */
export function marker(kind: MarkerKind, id: string): string {
  return `<!-- cody-batch:${kind}:${id} -->`;
}
