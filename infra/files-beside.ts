/** What a function reads from the folder of its bundle, besides the bundle. */
export const filesBeside = {
  web: { from: 'app/web/pages/assets', to: 'assets' },
} as const;
