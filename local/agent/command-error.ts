/** What the person at the terminal has to change before a run can start. Shown as it stands; nothing was paid. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
