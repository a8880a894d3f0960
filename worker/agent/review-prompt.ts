/** Told once when the work tree changed after the last check that passed. */
export function uncheckedChange(command: string): string {
  const line = command.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  return `Files changed after the last check that passed. Run \`${line}\`, without a pipe, and call submit again; if it cannot run here, say so under not_done.`;
}
