type Written = Readonly<{
  sender: Readonly<{ id: number; type: string }>;
  /** Set when an App wrote it, as itself or for a person. */
  viaApp: unknown;
}>;

/**
 * True for what a person wrote without the help of an App, and for a bot that the operator lists by its account id. What
 * it may do is asked of GitHub all the same. Pure.
 */
export function isPersonOrListed({ sender, viaApp }: Written, bots: readonly number[]): boolean {
  if (sender.type === 'Bot') return bots.includes(sender.id);
  return sender.type === 'User' && !viaApp;
}
