/** Why a command cannot be read. Values are the writer's own text, cut to 100 characters. */
export type UsageProblem =
  | Readonly<{ type: 'unknown_option'; option: string; nearest: string }>
  | Readonly<{ type: 'missing_value'; option: string }>
  | Readonly<{ type: 'bad_value'; option: string; value: string }>
  | Readonly<{ type: 'needless_value'; option: string }>
  | Readonly<{ type: 'repeated_option'; option: string }>
  | Readonly<{ type: 'conflicting_options'; options: readonly [string, string] }>
  | Readonly<{ type: 'too_many_repositories'; count: number }>
  | Readonly<{ type: 'missing_argument'; command: NeedsArgument }>
  /** Several prompts of one review together. */
  | Readonly<{ type: 'prompt_too_long' }>
  | Readonly<{ type: 'empty_prompt' }>;

/** Subcommands that mean nothing alone. */
export type NeedsArgument = 'approve' | 'run';
