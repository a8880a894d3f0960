/** What a job waits for that its worker gave back, as it stands after "waiting for" in the status comment. */
export const waits = {
  github: 'GitHub to answer',
  spendLimit: 'the spend limit of the model account',
  service: 'a service of this server to answer',
} as const;
